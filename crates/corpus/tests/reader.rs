//! What the reader takes from Markdown, and what it refuses.

use async_drop_corpus::{Chapter, Quote, Verdict};

fn read(text: &str) -> Chapter {
    Chapter::parse("gotchas.md", text).unwrap_or_else(|errors| panic!("{errors}"))
}

fn refused(text: &str) -> Vec<String> {
    match Chapter::parse("gotchas.md", text) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.0.iter().map(ToString::to_string).collect(),
    }
}

fn refused_fence(info: &str) -> String {
    let found = refused(&format!("# Gotchas\n\n```{info}\nfoo();\n```\n"));
    assert_eq!(found.len(), 1, "{info}: {found:?}");
    found[0].clone()
}

#[test]
fn a_block_knows_its_lines_its_section_its_verdict_and_its_context() {
    let chapter = read(
        "# Gotchas\n\n## 1. `?` too early\n\nProse.\n\n```rust,right,cancel_safe,in=server\nfoo();\n\nbar();\n```\n",
    );
    let [block] = chapter.blocks.as_slice() else {
        panic!("{:?}", chapter.blocks);
    };
    assert_eq!((block.line, block.first_line()), (7, 8));
    assert_eq!(block.section, "1. ? too early");
    assert_eq!(block.section_slug, "1--too-early");
    assert_eq!(block.verdict, Verdict::Right { cancel_safe: true });
    assert_eq!(block.context.as_deref(), Some("server"));
    assert_eq!(block.code, "foo();\n\nbar();\n");
    assert_eq!(block.quote, None);
    assert_eq!(block.place(), "gotchas.md:7: section \"1. ? too early\"");
}

#[test]
fn every_verdict_is_read_and_only_signatures_and_examples_have_no_context() {
    let chapter = read(
        "# A\n```rust,right\na\n```\n```text\nx\n```\n```rust,right,once\na\n```\n```rust,compile_fail\na\n```\n```text\nx\n```\n```rust,should_panic\na\n```\n\
         ```text\nx\n```\n```rust,leaks,in=pool\na\n```\n```text\nleaks when x\n```\n```rust,signature\na\n```\n```rust,example=a/src/lib.rs:b\na\n```\n",
    );
    let read: Vec<_> = chapter
        .blocks
        .iter()
        .map(|block| (block.verdict.name(), block.context.as_deref()))
        .collect();
    assert_eq!(
        read,
        [
            ("right", Some("body")),
            ("right,once", Some("body")),
            ("compile_fail", Some("body")),
            ("should_panic", Some("body")),
            ("leaks", Some("pool")),
            ("signature", None),
            ("example", None),
        ]
    );
}

#[test]
fn front_matter_is_set_apart_and_counts_as_lines() {
    let chapter = read("---\nname: async-drop\n---\n\n# A\n\n```rust,right,once\na\n```\n");
    assert_eq!(chapter.front_matter.as_deref(), Some("name: async-drop\n"));
    assert_eq!(chapter.front_matter_lines, 3);
    assert_eq!(chapter.headings[0].line, 5);
    assert_eq!(chapter.blocks[0].line, 7);
    assert!(
        chapter.body().starts_with("\n# A\n"),
        "{:?}",
        chapter.body()
    );
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let unix = "---\nname: a\n---\n\n# A\n\n```rust,leaks\na();\nb();\n```\n\n```text\nleaks when a\nstill open\n```\n";
    let windows = format!("\u{feff}{}", unix.replace('\n', "\r\n"));
    let (unix, windows) = (read(unix), read(&windows));
    assert_eq!(unix.blocks, windows.blocks);
    assert_eq!(unix.headings, windows.headings);
    assert_eq!(unix.front_matter, windows.front_matter);
    assert_eq!(unix.text, windows.text);
}

#[test]
fn tildes_longer_fences_and_indented_fences_are_fences() {
    let chapter = read(
        "# A\n\n~~~rust,right,once\nlet a = \"```\";\n~~~\n\n````rust,right,once\n```\n````\n\n   ```rust,right,once\n   a();\n     b();\n   ```\n",
    );
    let read: Vec<_> = chapter
        .blocks
        .iter()
        .map(|block| (block.line, block.code.as_str()))
        .collect();
    assert_eq!(
        read,
        [
            (3, "let a = \"```\";\n"),
            (7, "```\n"),
            (11, "a();\n  b();\n"),
        ]
    );
}

#[test]
fn blocks_in_lists_and_quotes_are_blocks_without_the_indentation() {
    let chapter = read(
        "# A\n\n- an item\n\n  ```rust,right,once\n  if a {\n      b();\n  }\n  ```\n\n> a quote\n>\n> ```rust,right,once\n> a();\n> ```\n",
    );
    let read: Vec<_> = chapter
        .blocks
        .iter()
        .map(|block| (block.line, block.code.as_str()))
        .collect();
    assert_eq!(read, [(5, "if a {\n    b();\n}\n"), (13, "a();\n")]);
}

#[test]
fn quoted_text_may_follow_prose_but_not_a_heading_or_other_code() {
    let chapter =
        read("# A\n\n```rust,should_panic\na\n```\n\nIt panics:\n\n```text\none\ntwo\n```\n");
    assert_eq!(
        chapter.blocks[0].quote,
        Some(Quote {
            line: 10,
            text: "one\ntwo".to_owned()
        })
    );

    let missing = "needs a `text` fence after it that says what happens";
    for between in [
        "",
        "## B\n",
        "```rust,right,once\nb\n```\n",
        "```sh\nb\n```\n",
    ] {
        for verdict in ["should_panic", "leaks", "compile_fail"] {
            let last = if between.is_empty() {
                ""
            } else {
                "```text\nx\n```\n"
            };
            let found = refused(&format!(
                "# A\n\n```rust,{verdict}\na\n```\n{between}{last}"
            ));
            assert_eq!(
                found,
                [format!("gotchas.md:3: a `{verdict}` block {missing}")],
                "{between}"
            );
        }
    }
    assert_eq!(
        refused("# A\n\n```rust,right\na\n```\n"),
        [
            "gotchas.md:3: a `right` block needs a `text` fence after it that says where a cancellation breaks it; \
             where none does, say `cancel_safe`"
        ]
    );
    assert_eq!(
        refused("# A\n\n```rust,leaks\na\n```\n```text\npanics when a fails\n```\n"),
        [
            "gotchas.md:7: the quoted text of a `leaks` block starts with `leaks when`, as the explorer says it"
        ]
    );
    let found = refused("# A\n\n```rust,leaks\na\n```\n```text\nleaks when \n```\n");
    assert_eq!(
        found,
        [
            "gotchas.md:7: the quoted text does not say when it leaks: `leaks when nothing fails`, or what the failing test says of the code"
        ]
    );
    let found = refused("# A\n\n```rust,leaks\na\n```\n```text\n```\n");
    assert_eq!(found, ["gotchas.md:6: the quoted text is empty"]);
}

#[test]
fn an_info_string_that_could_let_a_block_escape_is_refused() {
    let verdicts = "say `right`, `compile_fail`, `should_panic`, `leaks`, `signature` or `example=<file>:<anchor>`";
    for (info, what) in [
        (
            "rust",
            format!("a Rust fence without a verdict: {verdicts}"),
        ),
        (
            "rust,",
            format!("a Rust fence without a verdict: {verdicts}"),
        ),
        ("rust,wrong", format!("unknown verdict `wrong`: {verdicts}")),
        ("rust,ignore", "`ignore` is not allowed".to_owned()),
        ("rust,no_run", "`no_run` is not allowed".to_owned()),
        (
            "rust,right,once,ignore",
            "`ignore` is not allowed".to_owned(),
        ),
        (
            "rust,right,once,editable",
            "unknown word `editable`".to_owned(),
        ),
        (
            "rust,leaks,cancel_safe",
            "`cancel_safe` is only for the verdict `right`".to_owned(),
        ),
        (
            "rust,right,cancel_safe,cancel_safe",
            "`cancel_safe` is said twice".to_owned(),
        ),
        (
            "rust,should_panic,once",
            "`once` is only for the verdict `right`".to_owned(),
        ),
        ("rust,right,once,once", "`once` is said twice".to_owned()),
        ("rust,right,timed,timed", "`timed` is said twice".to_owned()),
        (
            "rust,right,once,timed",
            "`timed` is only for `right` and `right,cancel_safe`".to_owned(),
        ),
        (
            "rust,leaks,timed",
            "`timed` is only for `right` and `right,cancel_safe`".to_owned(),
        ),
        (
            "rust,right,cancel_safe,once",
            "`cancel_safe` and `once` exclude each other".to_owned(),
        ),
        (
            "rust,right,once,cancel_safe",
            "`cancel_safe` and `once` exclude each other".to_owned(),
        ),
        (
            "rust,signature,in=body",
            "`signature` takes no context".to_owned(),
        ),
        (
            "rust,example=a/src/lib.rs:b,in=body",
            "`example` takes no context".to_owned(),
        ),
        (
            "rust,example=a/src/lib.rs",
            "`example=a/src/lib.rs` names no part of a program".to_owned(),
        ),
        (
            "rust,right,once,in=a,in=b",
            "`in=` is said twice".to_owned(),
        ),
        (
            "rust,right,once,in=../a",
            "`../a` is no name of a context".to_owned(),
        ),
        (
            "rust right",
            "must start with `rust,` and a verdict".to_owned(),
        ),
        ("rust, right", "unknown verdict ` right`".to_owned()),
        ("rs", "must start with `rust,` and a verdict".to_owned()),
        (
            "Rust,right",
            "must start with `rust,` and a verdict".to_owned(),
        ),
        (
            "{.rust}",
            "must start with `rust,` and a verdict".to_owned(),
        ),
        ("", "a fence without an info string".to_owned()),
    ] {
        let found = refused_fence(info);
        assert!(found.starts_with("gotchas.md:3: "), "{info}: {found}");
        assert!(found.contains(&what), "{info}: {found}");
    }
}

#[test]
fn code_that_no_verdict_can_hold_is_refused() {
    assert_eq!(
        refused("# A\n\n    let indented = 1;\n"),
        ["gotchas.md:3: code by indentation has no verdict: put it between fences"]
    );
    assert_eq!(
        refused("```rust,right,once\na\n```\n"),
        ["gotchas.md:1: a Rust block before the first heading has no section"]
    );
    assert_eq!(
        refused("# A\n\n```rust,right,once\na\n# use hidden;\n```\n"),
        [
            "gotchas.md:5: a line that starts with `# ` is hidden in the book: move it to the context"
        ]
    );
    assert_eq!(
        refused("# A\n\n```rust,right,once\na\n"),
        ["gotchas.md:3: the fence is never closed"]
    );
    assert_eq!(
        refused("# A\n\n```rust,right,once\n```\n"),
        ["gotchas.md:3: the block is empty"]
    );
}

#[test]
fn attributes_and_other_languages_are_no_trouble() {
    let chapter = read(
        "# A\n\n```rust,right,once\n#[derive(Debug)]\n#![allow(x)]\nstruct A;\n```\n\n```toml\na = 1\n```\n",
    );
    assert_eq!(chapter.blocks.len(), 1);
}

#[test]
fn all_errors_of_a_file_are_found_in_the_order_of_lines() {
    let found =
        refused("# A\n\n```rust,leaks\na\n```\n\n```rust,ignore\na\n```\n\n```rust\na\n```\n");
    let lines: Vec<&str> = found.iter().map(|error| &error[..13]).collect();
    assert_eq!(lines, ["gotchas.md:3:", "gotchas.md:7:", "gotchas.md:11"]);
}

#[test]
fn headings_have_the_anchors_of_github_and_mdbook() {
    let chapter =
        read("# A\n\n## Right\n\n### `with_async_drop_2!`: *several* values\n\n## Right\n");
    let slugs: Vec<&str> = chapter
        .headings
        .iter()
        .map(|heading| heading.slug.as_str())
        .collect();
    assert_eq!(
        slugs,
        ["a", "right", "with_async_drop_2-several-values", "right-1"]
    );
    assert_eq!(chapter.headings[2].level, 3);
}

#[test]
fn a_heading_whose_anchor_the_two_would_not_agree_on_is_refused() {
    for heading in ["cargo test -- install", "Named {#anchor}"] {
        let found = refused(&format!("# {heading}\n"));
        assert!(
            found.len() == 1
                && found[0].ends_with("GitHub and mdBook would give it different anchors"),
            "{heading}: {found:?}"
        );
    }
    read("# `cargo test -- install`\n");
}

#[test]
fn links_and_anchors_are_found_in_markdown_and_in_html() {
    let chapter = read(
        "# A\n\nSee [one](a.md#x) and\n![two](b.svg), [three][ref].\n\n<p><a id=\"here\"></a>\n<img src=\"c.svg\"></p>\n\n[ref]: d.md\n",
    );
    let links: Vec<_> = chapter
        .links
        .iter()
        .map(|link| (link.line, link.target.as_str()))
        .collect();
    assert_eq!(
        links,
        [(3, "a.md#x"), (4, "b.svg"), (4, "d.md"), (7, "c.svg")]
    );
    assert_eq!(chapter.anchors, ["here"]);
}

#[test]
fn a_case_is_named_by_its_entry_and_keeps_its_name_when_the_number_changes() {
    let fence = "```rust,compile_fail\na\n```\n```text\nx\n```\n";
    let names = |entries: [&str; 3]| -> Vec<String> {
        let text = entries.map(|title| format!("## {title}\n{fence}{fence}"));
        let chapter = read(&format!("# A\n{}", text.concat()));
        chapter.cases().into_iter().map(|(_, name)| name).collect()
    };
    let expected = [
        "gotchas-no-debug",
        "gotchas-no-debug-2",
        "gotchas-2-guards",
        "gotchas-2-guards-2",
        "gotchas-words",
        "gotchas-words-2",
    ];
    assert_eq!(names(["1. No Debug", "2. 2 guards", "Words"]), expected);
    assert_eq!(names(["8. No Debug", "19. 2 guards", "Words"]), expected);
}
