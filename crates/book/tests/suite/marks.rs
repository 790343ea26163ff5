use async_drop_book::html::Page;

use crate::repository::Repository;

/// The classes of the figures on a page, in order, each with its verdict.
fn figures(page: &Page) -> Vec<(&str, Option<&str>)> {
    let figures = page.tags.iter().filter(|tag| tag.name == "figure");
    figures
        .map(|tag| {
            (
                tag.attribute("class").unwrap_or_default(),
                tag.attribute("data-verdict"),
            )
        })
        .collect()
}

#[track_caller]
fn shows(page: &Page, words: &str) {
    let text = page.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(words), "no `{words}` in: {text}");
}

#[test]
fn each_verdict_has_its_label_above_the_code() {
    for (fence, class, label) in [
        (
            "right,once",
            "claim claim-right",
            "✓ right, run once code()",
        ),
        (
            "right,cancel_safe",
            "claim claim-right",
            "✓ right, also when cancelled code()",
        ),
        ("signature", "claim claim-signature", "§ signature code()"),
        (
            "example=tcp/src/lib.rs:ask",
            "claim claim-right",
            "✓ in a tested program code()",
        ),
    ] {
        let page =
            Repository::with(&format!("# Gotchas\n\n```rust,{fence}\ncode()\n```\n")).gotchas();
        assert_eq!(figures(&page), [(class, fence.split('=').next())]);
        shows(&page, label);
    }
}

#[test]
fn each_verdict_that_says_what_happens_has_its_label_and_the_words() {
    for (fence, class, label, happens) in [
        (
            "right",
            "right",
            "✓ right, unless cancelled code()",
            "where it breaks when cancelled leaks when words",
        ),
        (
            "compile_fail",
            "compile-fail",
            "✗ does not compile code()",
            "the compiler says leaks when words",
        ),
        (
            "should_panic",
            "panics",
            "✗ panics code()",
            "the panic says leaks when words",
        ),
        (
            "leaks",
            "leaks",
            "✗ leaks code()",
            "the explorer says leaks when words",
        ),
    ] {
        let text = format!(
            "# Gotchas\n\n```rust,{fence},in=shop\ncode()\n```\n\nThen:\n\n```text\nleaks when words\n```\n"
        );
        let page = Repository::with(&text).gotchas();
        let [claim, quote] = [
            format!("claim claim-{class}"),
            format!("happens happens-{class}"),
        ];
        assert_eq!(
            figures(&page),
            [(claim.as_str(), Some(fence)), (quote.as_str(), None)]
        );
        shows(&page, label);
        shows(&page, happens);
    }
}

#[test]
fn text_that_is_no_quotation_stays_plain() {
    let page = Repository::with("# Gotchas\n\n```text\nwords\n```\n").gotchas();
    assert_eq!(figures(&page), []);
}

#[test]
fn the_info_string_leaves_nothing_but_the_language() {
    let page = Repository::with("# Gotchas\n\n```rust,right,once,in=shop\ncode()\n```\n").gotchas();
    let code: Vec<_> = page.tags.iter().filter(|tag| tag.name == "code").collect();
    assert_eq!(code.len(), 1);
    assert_eq!(code[0].attribute("class"), Some("language-rust"));
}

const DOES_NOT_COMPILE: &str = "# Gotchas

## Cloning

```rust,compile_fail
a.clone()
```

```text
error[E0277]: no
```

```rust,compile_fail
b.clone()
```

```text
error[E0599]: no
```
";

#[test]
fn the_compilers_recorded_words_are_folded_away_under_the_quotation() {
    let repository = Repository::with(DOES_NOT_COMPILE);
    repository.write(
        "crates/fixtures/tests/compile_fail/gotchas-cloning.stderr",
        "error[E0277]: no\n  ```rust\n  <b> & all of it\n",
    );
    repository.write(
        "crates/fixtures/tests/compile_fail/gotchas-cloning-2.stderr",
        "error[E0599]: no\n  the second\n",
    );
    let page = repository.gotchas();
    let details: Vec<_> = page
        .tags
        .iter()
        .filter(|tag| tag.name == "details")
        .collect();
    assert_eq!(details.len(), 2);
    assert!(details.iter().all(|tag| tag.attribute("open").is_none()));
    shows(
        &page,
        "the compiler says error[E0277]: no All of the compiler's words error[E0277]: no ```rust <b> & all of it",
    );
    shows(
        &page,
        "the compiler says error[E0599]: no All of the compiler's words error[E0599]: no the second",
    );
}

#[test]
fn a_diagnostic_that_is_not_recorded_yet_leaves_the_quotation() {
    let page = Repository::with(DOES_NOT_COMPILE).gotchas();
    assert!(page.tags.iter().all(|tag| tag.name != "details"));
    shows(&page, "the compiler says error[E0277]: no");
}

#[test]
fn blocks_in_lists_and_quotations_are_marked_in_place() {
    let page = Repository::with(
        "# Gotchas\n\n1. First\n\n   ````rust,right,once\n   first()\n\n   again()\n   ````\n\n2. Second\n\n> ~~~rust,right,once\n> quoted()\n> ~~~\n",
    )
    .gotchas();
    assert_eq!(figures(&page).len(), 2);
    shows(
        &page,
        "First ✓ right, run once first() again() Second ✓ right, run once quoted()",
    );
    assert_eq!(page.tags.iter().filter(|tag| tag.name == "ol").count(), 1);
}

#[test]
fn front_matter_does_not_show() {
    let page = Repository::with(
        "---\nname: secret-name\ndescription: secret words\n---\n\n# Gotchas\n\n```rust,right,once\ncode()\n```\n",
    )
    .gotchas();
    assert!(!page.text.contains("secret"), "{}", page.text);
    shows(&page, "Gotchas ✓ right, run once code()");
}

#[test]
fn links_to_files_lead_to_the_repository_and_links_to_pages_stay() {
    let page = Repository::with(
        "# Gotchas\n\n[file](crates/utils/guard.rs#L1) [folder](crates/utils/) [page](helpers.md#asyncdroparc) [here](#gotchas)\n",
    )
    .gotchas();
    let links: Vec<_> = page
        .tags
        .iter()
        .filter_map(|tag| tag.attribute("href"))
        .collect();
    for link in [
        "https://github.com/async-drop/async-drop/blob/HEAD/crates/utils/guard.rs#L1",
        "https://github.com/async-drop/async-drop/tree/HEAD/crates/utils",
        "helpers.html#asyncdroparc",
        "#gotchas",
    ] {
        assert!(links.contains(&link), "no `{link}` in {links:?}");
    }
}

#[test]
fn links_of_the_books_own_pages_lead_to_chapters_and_files() {
    let repository = Repository::with("# Gotchas\n");
    repository.write(
        "book/src/SUMMARY.md",
        "- [Gotchas](gotchas.md)\n- [Helpers](helpers.md)\n- [Own](more/own.md)\n- [Verdicts](verdicts.md)\n",
    );
    repository.write(
        "book/src/more/own.md",
        "# Own\n\n[chapter](../../../gotchas.md#gotchas) [page](../helpers.md) [file](../../../crates/utils/guard.rs)\n",
    );
    repository.gotchas();
    repository.write(
        "book/src/gotchas.md",
        "{{#include ../../gotchas.md}}\n\n[own](more/own.md) [dead](more/own.md#no)\n",
    );
    let rejection = repository.rejection();
    assert!(
        rejection.contains("dead link `more/own.html#no`"),
        "{rejection}"
    );
}
