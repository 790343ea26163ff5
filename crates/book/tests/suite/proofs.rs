use std::path::Path;

use anyhow::{Result, bail};
use async_drop_book::Seen;
use async_drop_book::html::Page;

use crate::repository::{Repository, as_told, page};

const TWO: &str = "# Gotchas

## 1. Twice

```rust,right,cancel_safe
first()
```

```rust,leaks
second()
```

```text
leaks when fetch #1 fails
```
";

/// A run that sees these words of the blocks, in order.
fn says(words: &'static [&str]) -> impl Fn(&Path) -> Result<Vec<Seen>> + 'static {
    move |root| {
        let mut seen = as_told(root)?;
        for (seen, words) in seen.iter_mut().zip(words) {
            seen.seen = (*words).to_owned();
            seen.faults = 7;
            seen.cancellations = 5;
            seen.pairs = 2;
        }
        Ok(seen)
    }
}

/// The page of a `gotchas.md` of which `run` has seen this.
fn gotchas(text: &str, run: impl Fn(&Path) -> Result<Vec<Seen>> + 'static) -> Page {
    let repository = Repository::with(text);
    page(&repository.build(run).unwrap(), "gotchas.html")
}

#[track_caller]
fn shows(page: &Page, words: &str) {
    let text = page.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(words), "no `{words}` in: {text}");
}

#[track_caller]
fn rejected(text: &str, run: impl Fn(&Path) -> Result<Vec<Seen>> + 'static, words: &str) {
    let rejection = Repository::with(text).build(run).unwrap_err();
    let rejection = format!("{rejection:#}");
    assert!(
        rejection.contains(words),
        "expected: {words}\nrejected with: {rejection}"
    );
}

fn figure_ids(page: &Page) -> Vec<String> {
    let figures = page.tags.iter().filter(|tag| tag.has_class("claim"));
    figures
        .filter_map(|tag| Some(tag.attribute("id")?.to_owned()))
        .collect()
}

/// With a page that lists the verdicts.
fn with_list(gotchas: &str) -> Repository {
    let repository = Repository::with(gotchas);
    repository.write(
        "book/src/SUMMARY.md",
        "- [Gotchas](gotchas.md)\n- [Helpers](helpers.md)\n- [List](more/list.md)\n- [Verdicts](verdicts.md)\n",
    );
    repository.write("book/src/more/list.md", "# List\n\n{{#verdicts}}\n");
    repository
}

#[test]
fn the_caption_is_what_the_run_has_seen() {
    let run = says(&[
        "survives 7 faults and 5 cancellations",
        "leaks when fetch #1 fails",
    ]);
    let page = gotchas(TWO, run);
    shows(
        &page,
        "✓ right, also when cancelled survives 7 faults and 5 cancellations first()",
    );
    // The verdict's own words are not said twice.
    shows(
        &page,
        "✗ leaks when fetch #1 fails second() the explorer says",
    );
}

#[test]
fn words_that_look_like_html_are_shown_and_all_of_them_are_in_the_title() {
    let words = "survives <b> & \"all\"";
    let run = says(&["survives <b> & \"all\""]);
    let page = gotchas(TWO, run);
    shows(&page, words);
    let seen = page.tags.iter().find(|tag| tag.has_class("claim-seen"));
    assert_eq!(seen.unwrap().attribute("title"), Some(words));
    assert!(page.tags.iter().all(|tag| tag.name != "b"));
}

#[test]
fn files_of_the_repository_are_linked() {
    let run = says(&["equals crates/utils/guard.rs, crates/utils/gone.rs"]);
    let page = gotchas("# Gotchas\n\n```rust,signature\nfn f();\n```\n", run);
    shows(
        &page,
        "§ signature equals guard.rs, crates/utils/gone.rs fn f();",
    );
    let mut links = page.tags.iter().filter_map(|tag| tag.attribute("href"));
    assert!(links.any(|link| {
        link == "https://github.com/async-drop/async-drop/blob/HEAD/crates/utils/guard.rs"
    }));
}

#[test]
fn a_figure_keeps_its_id_when_text_above_it_moves() {
    let before = Repository::with(TWO).gotchas();
    let moved = TWO.replace("## 1. Twice", "Words.\n\n## 1. Twice\n\nMore words.");
    let after = Repository::with(&moved).gotchas();
    assert_eq!(figure_ids(&before), ["block-1-twice-1", "block-1-twice-2"]);
    assert_eq!(figure_ids(&before), figure_ids(&after));
}

#[test]
fn the_list_has_every_block_once_with_its_link() {
    let repository = with_list(TWO);
    repository.write(
        "README.md",
        "# Read me\n\n## Use\n\n```rust,right,cancel_safe\nthird()\n```\n",
    );
    let run = says(&["survives <all>", "leaks when fetch #1 fails", "survives it"]);
    let list = page(&repository.build(run).unwrap(), "more/list.html");
    let rows: Vec<_> = list
        .tags
        .iter()
        .filter_map(|tag| tag.attribute("data-verdict"))
        .collect();
    assert_eq!(rows, ["right,cancel_safe", "leaks", "right,cancel_safe"]);
    let links: Vec<_> = list
        .tags
        .iter()
        .filter_map(|tag| tag.attribute("href"))
        .filter(|link| link.contains("#block-") || link.contains("/blob/HEAD/README"))
        .collect();
    assert_eq!(
        links,
        [
            "../gotchas.html#block-1-twice-1",
            "../gotchas.html#block-1-twice-2",
            "https://github.com/async-drop/async-drop/blob/HEAD/README.md#use",
        ]
    );
    shows(
        &list,
        "gotchas.md:5 1. Twice ✓ right, also when cancelled survives <all>",
    );
    shows(
        &list,
        "README.md:5 Use ✓ right, also when cancelled survives it",
    );
    shows(&list, "✓ right, also when cancelled2 ✗ leaks1 all3");
    shows(&list, "explored 21 faults, 15 cancellations and 6 pairs");
}

#[test]
fn a_block_that_the_run_says_nothing_of() {
    rejected(
        TWO,
        |root| Ok(as_told(root)?.into_iter().take(1).collect()),
        "gotchas.md:9: the fence says `leaks`, and the run says nothing of this block",
    );
}

#[test]
fn a_block_that_was_held_to_another_verdict() {
    let run = |root: &Path| {
        let mut seen = as_told(root)?;
        seen[0].verdict = "right".to_owned();
        Ok(seen)
    };
    rejected(
        TWO,
        run,
        "gotchas.md:5: the fence says `right,cancel_safe`, and the run held this block to `right`",
    );
}

#[test]
fn words_of_the_run_for_a_line_without_a_block() {
    let run = |root: &Path| {
        let mut seen = as_told(root)?;
        seen[1].line = 10;
        Ok(seen)
    };
    rejected(
        TWO,
        run,
        "gotchas.md:10: no block starts here, and the run says of one: `leaks`",
    );
}

#[test]
fn words_of_the_run_for_a_file_that_is_not_there() {
    let run = |root: &Path| {
        let mut seen = as_told(root)?;
        seen.push(Seen {
            file: "recipes.md".to_owned(),
            ..seen[0].clone()
        });
        Ok(seen)
    };
    rejected(TWO, run, "recipes.md:1: cannot be read");
}

#[test]
fn a_block_of_which_the_run_says_two_things() {
    let run = |root: &Path| {
        let mut seen = as_told(root)?;
        seen.push(seen[0].clone());
        Ok(seen)
    };
    rejected(
        TWO,
        run,
        "gotchas.md:5: the run says two things of this block",
    );
}

#[test]
fn a_block_that_is_refuted() {
    rejected(
        TWO,
        |_| bail!("gotchas.md:5: the code does: leaks when fetch #1 fails"),
        "gotchas.md:5: the code does: leaks when fetch #1 fails",
    );
}
