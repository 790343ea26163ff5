//! What the numbers, the contents and the links of small chapters become.

use async_drop_tidy::{Kind, Text, tidy};

const GOTCHAS: &str = "\
# Gotchas

**Cleanup left out**

- [1. An early return](#1-an-early-return)
- [2. A `?` too early](#2-a--too-early)

**Several values**

- [3. A loop](#3-a-loop)
- [4. A loop that ends](#4-a-loop-that-ends)

Words, and **bold** ones.

## 1. An early return

See [gotcha 3](#3-a-loop).

## 2. A `?` too early

## 3. A loop

### Right

## 4. A loop that ends

Back to [the first](#1-an-early-return), or [to what is right](#right).
";

const PATTERNS: &str = "\
# Patterns

- [1. Use a scope](#1-use-a-scope)

## 1. Use a scope

Never do [gotcha 3](gotchas.md#3-a-loop), nor [gotchas
1](gotchas.md#1-an-early-return) and [4](gotchas.md#4-a-loop-that-ends), see [4. A loop that ends](gotchas.md#4-a-loop-that-ends).
";

const PAGE: &str = "\
# A page

[Words][loop], <a href=\"../../gotchas.md#3-a-loop\">more</a>, [2 loops](gotchas.md#3-a-loop), `[gotcha 3](gotchas.md#3-a-loop)`.

[loop]: ../../gotchas.md#3-a-loop \"A title\"

```text
[gotcha 3](gotchas.md#3-a-loop)
```
";

fn texts(gotchas: &str) -> Vec<Text> {
    let text = |file: &str, text: &str, kind| Text {
        file: file.to_owned(),
        text: text.to_owned(),
        kind,
    };
    vec![
        text("patterns.md", PATTERNS, Kind::Chapter),
        text("gotchas.md", gotchas, Kind::Chapter),
        text("book/src/page.md", PAGE, Kind::Page),
        text(
            "book/src/gotchas.md",
            "{{#include ../../gotchas.md}}\n",
            Kind::Page,
        ),
        text(
            "contexts/body.rs",
            "// As in [gotcha 3](gotchas.md#3-a-loop).\n",
            Kind::Lines,
        ),
        text(
            "list.toml",
            "words = ['see [gotcha 3](gotchas.md#3-a-loop)']\n",
            Kind::Lines,
        ),
    ]
}

/// What changes once `gotchas` are the gotchas, by file, line by line.
fn changes(gotchas: &str) -> Vec<String> {
    let tidied = tidy(&texts(gotchas)).unwrap_or_else(|errors| panic!("{errors}"));
    for file in &tidied {
        let mut again = texts(gotchas);
        for text in &mut again {
            if let Some(new) = tidied.iter().find(|new| new.file == text.file) {
                text.text.clone_from(&new.after);
            }
        }
        assert_eq!(tidy(&again), Ok(Vec::new()), "{}", file.file);
    }
    let lines = tidied.iter().flat_map(|file| {
        let changes = file.changes().into_iter();
        changes.map(|change| format!("{}:{}\n{change}", file.file, change.line))
    });
    lines.collect()
}

fn refused(gotchas: &str) -> Vec<String> {
    let errors = tidy(&texts(gotchas)).unwrap_err();
    errors.0.iter().map(ToString::to_string).collect()
}

fn replaced(parts: &[(&str, &str)]) -> String {
    parts.iter().fold(GOTCHAS.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replacen(old, new, 1)
    })
}

#[test]
fn what_is_right_stays_as_it_is() {
    assert_eq!(changes(GOTCHAS), [""; 0]);
}

#[test]
fn an_entry_in_the_middle_moves_what_comes_after_it_and_nothing_else() {
    for heading in ["## A new one", "## 3. A new one", "## 99. A new one"] {
        let gotchas = replaced(&[(
            "## 3. A loop",
            &format!("{heading}\n\nWords.\n\n## 3. A loop"),
        )]);
        let mut expected = vec![
            "patterns.md:7\n\
             - Never do [gotcha 3](gotchas.md#3-a-loop), nor [gotchas\n\
             + Never do [gotcha 4](gotchas.md#4-a-loop), nor [gotchas",
            "patterns.md:8\n\
             - 1](gotchas.md#1-an-early-return) and [4](gotchas.md#4-a-loop-that-ends), see [4. A loop that ends](gotchas.md#4-a-loop-that-ends).\n\
             + 1](gotchas.md#1-an-early-return) and [5](gotchas.md#5-a-loop-that-ends), see [5. A loop that ends](gotchas.md#5-a-loop-that-ends).",
            "gotchas.md:7\n+ - [3. A new one](#3-a-new-one)",
            "gotchas.md:10\n- - [3. A loop](#3-a-loop)\n+ - [4. A loop](#4-a-loop)",
            "gotchas.md:11\n- - [4. A loop that ends](#4-a-loop-that-ends)\n+ - [5. A loop that ends](#5-a-loop-that-ends)",
            "gotchas.md:17\n- See [gotcha 3](#3-a-loop).\n+ See [gotcha 4](#4-a-loop).",
        ];
        let numbered = format!("gotchas.md:21\n- {heading}\n+ ## 3. A new one");
        if heading != "## 3. A new one" {
            expected.push(&numbered);
        }
        expected.extend([
            "gotchas.md:25\n- ## 3. A loop\n+ ## 4. A loop",
            "gotchas.md:29\n- ## 4. A loop that ends\n+ ## 5. A loop that ends",
            "book/src/page.md:3\n\
             - [Words][loop], <a href=\"../../gotchas.md#3-a-loop\">more</a>, [2 loops](gotchas.md#3-a-loop), `[gotcha 3](gotchas.md#3-a-loop)`.\n\
             + [Words][loop], <a href=\"../../gotchas.md#4-a-loop\">more</a>, [2 loops](gotchas.md#4-a-loop), `[gotcha 3](gotchas.md#3-a-loop)`.",
            "book/src/page.md:5\n\
             - [loop]: ../../gotchas.md#3-a-loop \"A title\"\n\
             + [loop]: ../../gotchas.md#4-a-loop \"A title\"",
            "contexts/body.rs:1\n\
             - // As in [gotcha 3](gotchas.md#3-a-loop).\n\
             + // As in [gotcha 4](gotchas.md#4-a-loop).",
            "list.toml:1\n\
             - words = ['see [gotcha 3](gotchas.md#3-a-loop)']\n\
             + words = ['see [gotcha 4](gotchas.md#4-a-loop)']",
        ]);
        assert_eq!(changes(&gotchas), expected, "{heading}");
    }
}

#[test]
fn repeated_numbers_are_counted_through() {
    let gotchas = replaced(&[
        ("## 2. A `?`", "## 1. A `?`"),
        ("## 4. A loop that", "## 1. A loop that"),
    ]);
    assert_eq!(
        changes(&gotchas),
        [
            "gotchas.md:19\n- ## 1. A `?` too early\n+ ## 2. A `?` too early",
            "gotchas.md:25\n- ## 1. A loop that ends\n+ ## 4. A loop that ends",
        ]
    );
}

#[test]
fn deleted_contents_come_back_in_the_group_of_the_entry_before() {
    let gotchas = replaced(&[
        ("- [2. A `?` too early](#2-a--too-early)\n", ""),
        ("- [4. A loop that ends](#4-a-loop-that-ends)\n", ""),
    ]);
    assert_eq!(
        changes(&gotchas),
        [
            "gotchas.md:6\n+ - [2. A `?` too early](#2-a--too-early)",
            "gotchas.md:10\n+ - [4. A loop that ends](#4-a-loop-that-ends)",
        ]
    );
}

#[test]
fn contents_that_are_not_there_are_written() {
    let start = GOTCHAS.find("**Cleanup").unwrap();
    let end = GOTCHAS.find("Words, and").unwrap();
    let gotchas = format!("{}{}", &GOTCHAS[..start], &GOTCHAS[end..]);
    let lines = [
        "gotchas.md:3",
        "+ - [1. An early return](#1-an-early-return)",
        "+ - [2. A `?` too early](#2-a--too-early)",
        "+ - [3. A loop](#3-a-loop)",
        "+ - [4. A loop that ends](#4-a-loop-that-ends)",
        "+ ",
    ];
    assert_eq!(changes(&gotchas), [lines.join("\n")]);
}

#[test]
fn an_entry_that_a_group_lists_first_goes_to_that_group() {
    let gotchas = replaced(&[
        (
            "- [3. A loop](#3-a-loop)",
            "- A new one\n- [3. A loop](#3-a-loop)",
        ),
        ("## 3. A loop", "## A new one\n\n## 3. A loop"),
    ]);
    let changes = changes(&gotchas);
    assert!(
        changes.iter().any(|change| change
            .contains("gotchas.md:10\n- - A new one\n+ - [3. A new one](#3-a-new-one)")),
        "{changes:#?}"
    );
}

#[test]
fn an_entry_with_another_title_stays_in_its_group() {
    let gotchas = replaced(&[
        ("## 3. A loop\n", "## 3. A cycle\n"),
        ("[gotcha 3](#3-a-loop)", "gotcha"),
    ]);
    let mut all = texts(&gotchas);
    all.truncate(2);
    all[0].text = "# Patterns\n".to_owned();
    let tidied = tidy(&all).unwrap();
    let changes = tidied[0].changes();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(
        changes[0].to_string(),
        "- - [3. A loop](#3-a-loop)\n+ - [3. A cycle](#3-a-cycle)"
    );
}

#[test]
fn entries_that_change_places_take_their_links_along() {
    let gotchas = replaced(&[
        ("## 1. An early return", "## 1. LATER"),
        ("## 4. A loop that ends", "## 4. An early return"),
        ("## 1. LATER", "## 1. A loop that ends"),
    ]);
    assert_eq!(
        changes(&gotchas),
        [
            "patterns.md:8\n\
             - 1](gotchas.md#1-an-early-return) and [4](gotchas.md#4-a-loop-that-ends), see [4. A loop that ends](gotchas.md#4-a-loop-that-ends).\n\
             + 4](gotchas.md#4-an-early-return) and [1](gotchas.md#1-a-loop-that-ends), see [1. A loop that ends](gotchas.md#1-a-loop-that-ends).",
            "gotchas.md:5\n- - [1. An early return](#1-an-early-return)\n+ - [1. A loop that ends](#1-a-loop-that-ends)",
            "gotchas.md:11\n- - [4. A loop that ends](#4-a-loop-that-ends)\n+ - [4. An early return](#4-an-early-return)",
            "gotchas.md:27\n\
             - Back to [the first](#1-an-early-return), or [to what is right](#right).\n\
             + Back to [the first](#4-an-early-return), or [to what is right](#right).",
        ]
    );
}

#[test]
fn contents_in_another_order_are_put_into_that_of_the_entries() {
    let gotchas = replaced(&[
        (
            "[3. A loop](#3-a-loop)",
            "[4. A loop that ends](#4-a-loop-that-ends)",
        ),
        (
            "- [4. A loop that ends](#4-a-loop-that-ends)\n\nWords",
            "- [3. A loop](#3-a-loop)\n\nWords",
        ),
    ]);
    let contents = |text: &str| text[..text.find("Words").unwrap()].to_owned();
    let tidied = tidy(&texts(&gotchas)).unwrap();
    assert_eq!(contents(&tidied[0].after), contents(GOTCHAS));
}

#[test]
fn a_link_needs_no_number_and_a_wrong_one_is_mended() {
    let gotchas = replaced(&[(
        "[gotcha 3](#3-a-loop)",
        "[gotcha 7](#7-a-loop), [more](#a-loop-that-ends)",
    )]);
    assert_eq!(
        changes(&gotchas),
        ["gotchas.md:17\n\
             - See [gotcha 7](#7-a-loop), [more](#a-loop-that-ends).\n\
             + See [gotcha 3](#3-a-loop), [more](#4-a-loop-that-ends)."]
    );
}

#[test]
fn line_ends_stay_what_they_are() {
    let gotchas =
        replaced(&[("## 3. A loop", "## A new one\n\n## 3. A loop")]).replace('\n', "\r\n");
    let tidied = tidy(&texts(&gotchas)).unwrap();
    let gotchas = &tidied
        .iter()
        .find(|file| file.file == "gotchas.md")
        .unwrap()
        .after;
    assert!(
        gotchas.contains(
            "- [2. A `?` too early](#2-a--too-early)\r\n- [3. A new one](#3-a-new-one)\r\n"
        )
    );
    assert_eq!(
        gotchas.matches('\n').count(),
        gotchas.matches("\r\n").count()
    );
}

#[test]
fn a_link_to_a_title_that_no_entry_has_is_refused() {
    let gotchas = replaced(&[("## 3. A loop\n", "## 3. A circle\n")]);
    let at = |place: &str, path: &str| {
        format!(
            "{place}: `{path}#3-a-loop` leads to no entry; the nearest is `{path}#a-loop-that-ends`"
        )
    };
    assert_eq!(
        refused(&gotchas),
        [
            at("book/src/page.md:3", "../../gotchas.md"),
            at("book/src/page.md:3", "gotchas.md"),
            at("book/src/page.md:5", "../../gotchas.md"),
            at("contexts/body.rs:1", "gotchas.md"),
            at("gotchas.md:17", ""),
            at("list.toml:1", "gotchas.md"),
            at("patterns.md:7", "gotchas.md"),
        ]
    );
}

#[test]
fn entries_that_a_link_cannot_tell_apart_are_refused() {
    let gotchas = replaced(&[
        ("## 4. A loop that ends", "## 4. A loop"),
        ("- [4. A loop that ends](#4-a-loop-that-ends)\n", ""),
    ]);
    assert_eq!(
        refused(&gotchas)[0],
        "gotchas.md:24: entry 3 is called \"A loop\", too: a link could mean either"
    );
}

#[test]
fn a_heading_that_is_written_otherwise_is_refused() {
    let gotchas = replaced(&[("## 2. A `?` too early\n", "A `?` too early\n---\n")]);
    let refused = refused(&gotchas);
    assert_eq!(
        refused,
        ["gotchas.md:19: the heading of an entry is written `## Title`"]
    );
}

#[test]
fn a_group_without_entries_is_refused() {
    let both = "- [3. A loop](#3-a-loop)\n- [4. A loop that ends](#4-a-loop-that-ends)\n";
    assert_eq!(
        refused(&replaced(&[(both, "")])),
        [
            "gotchas.md:8: this group of the contents lists no entry: list its first one, or remove the title"
        ]
    );
    let gone = replaced(&[
        (both, "- Gone\n- Gone, too\n"),
        ("## 4. A loop that ends", "### A loop that ends"),
        ("## 3. A loop", "### A loop"),
    ]);
    let what = "gotchas.md:10: no entry is left in this list of the contents: remove it with the title of its group";
    assert!(refused(&gone).iter().any(|said| said == what));
}
