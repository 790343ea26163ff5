//! What the operators change in a small chapter.

use async_drop_text_mutation::{Kind, Mutation, mutations};

/// Both of the chapters that more is asked of.
const FILES: [&str; 2] = ["gotchas.md", "helpers.md"];

const CHAPTER: &str = r#"---
name: async-drop
description: Cleans up with AsyncDropGuard. Use it for "Forgot to call async_drop on …".
---

# Gotchas

- [1. An early return](#1-an-early-return)
- [2. A loop](#2-a-loop)

## 1. An early return

Take `with_async_drop!` from `crates/utils/src/lib.rs`, within 5 s; `cargo add tokio --features full` first.

```rust,leaks
let mut lease = Lease::acquire("a").await?;
lease.async_drop().await?;
```

```text
leaks when fetch #1 fails
```

```rust,right,cancel_safe
let lease = Lease::acquire("a").await?;
println!("held");
with_async_drop!(lease, {
    let name = lease.name();
    let found = name.len();
    fetch(name).await
})?;
assert!(true);
```

| item | for |
|---|---|
| `flush_all` | all |

## 2. A loop

```rust,signature
impl<T: Debug> Guard<T> {
    pub fn new(value: T) -> Self;
}
```

```rust,right,once,in=run
#[derive(Debug, AsyncDrop)]
struct Job {
    log: AsyncDropGuard<Log>,
    lease: AsyncDropGuard<Lease>,
}
```
"#;

fn all() -> impl Iterator<Item = Mutation> {
    FILES.into_iter().flat_map(|file| mutations(file, CHAPTER))
}

/// The changes of a kind, as before and after.
fn changes(kind: Kind) -> Vec<(String, String)> {
    of_kind(kind)
        .into_iter()
        .map(|mutation| (mutation.before, mutation.after))
        .collect()
}

fn of_kind(kind: Kind) -> Vec<Mutation> {
    all().filter(|mutation| mutation.kind == kind).collect()
}

#[track_caller]
fn assert_changes(kind: Kind, expected: &[(&str, &str)]) {
    let found = changes(kind);
    for (before, after) in expected {
        assert!(
            found.iter().any(|(is, to)| is == before && to == after),
            "{kind}: no {before:?} to {after:?} in {found:#?}"
        );
    }
}

#[test]
fn every_kind_finds_something_to_change() {
    let found: Vec<Mutation> = all().collect();
    for kind in Kind::ALL {
        // These need a quoted message of several lines, or a link to another file.
        if !matches!(kind, Kind::LinkTarget) {
            assert!(
                found.iter().any(|mutation| mutation.kind == *kind),
                "{kind}"
            );
        }
    }
}

#[test]
fn every_change_changes_the_text_on_its_line() {
    for mutation in all() {
        let changed = mutation.apply(CHAPTER);
        assert_ne!(changed, CHAPTER, "{mutation}");
        let differs = CHAPTER
            .lines()
            .zip(changed.lines())
            .position(|(before, after)| before != after)
            .map_or(CHAPTER.lines().count(), |index| index + 1);
        assert!(
            differs >= mutation.line,
            "{mutation}: the first line that differs is {differs}"
        );
    }
}

#[test]
fn verdicts_are_swapped_and_cancel_safety_is_dropped_and_added() {
    assert_changes(
        Kind::Verdict,
        &[
            ("rust,leaks", "rust,right"),
            ("rust,leaks", "rust,should_panic"),
            ("rust,right,once,in=run", "rust,leaks,once,in=run"),
            ("rust,signature", "rust,right,cancel_safe"),
        ],
    );
    assert_changes(
        Kind::CancelSafe,
        &[
            ("rust,right,cancel_safe", "rust,right"),
            ("rust,right,once,in=run", "rust,right,cancel_safe,in=run"),
        ],
    );
    assert_changes(
        Kind::Timed,
        &[("rust,right,cancel_safe", "rust,right,cancel_safe,timed")],
    );
}

#[test]
fn the_two_sides_of_an_entry_change_places() {
    let sides = of_kind(Kind::Sides).remove(0);
    let changed = sides.apply(CHAPTER);
    assert!(changed.contains("```rust,leaks\nlet lease = "), "{changed}");
    assert!(
        changed.contains("```rust,right,cancel_safe\nlet mut lease = "),
        "{changed}"
    );
}

#[test]
fn names_awaits_and_question_marks_are_changed_once_each() {
    assert_changes(
        Kind::Name,
        &[
            ("lease.async_drop().await?;", "lease.async_dropx().await?;"),
            ("with_async_drop!(lease, {", "with_async_drop!(leasex, {"),
        ],
    );
    assert_changes(
        Kind::Await,
        &[("lease.async_drop().await?;", "lease.async_drop()?;")],
    );
    assert_changes(
        Kind::Try,
        &[("lease.async_drop().await?;", "lease.async_drop().await;")],
    );
}

#[test]
fn statements_are_found_inside_of_macros_and_what_only_checks_or_prints_is_left_alone() {
    let deleted: Vec<String> = changes(Kind::Statement)
        .into_iter()
        .map(|(before, _)| before)
        .collect();
    assert!(
        deleted.contains(&"let name = lease.name();".to_owned()),
        "{deleted:#?}"
    );
    assert!(
        !deleted
            .iter()
            .any(|deleted| deleted.contains("assert") || deleted.contains("print")),
        "{deleted:#?}"
    );
    assert_eq!(
        changes(Kind::Order)[..1],
        [(
            "let name = lease.name(); let found = name.len();".to_owned(),
            "let found = name.len(); let name = lease.name();".to_owned()
        )]
    );
    assert_changes(
        Kind::Fields,
        &[(
            "log: AsyncDropGuard<Log> lease: AsyncDropGuard<Lease>",
            "lease: AsyncDropGuard<Lease> log: AsyncDropGuard<Log>",
        )],
    );
}

#[test]
fn signatures_lose_bounds_and_change_names_and_types() {
    assert_changes(
        Kind::Signature,
        &[
            ("impl<T: Debug> Guard<T> {", "impl<T> Guard<T> {"),
            (
                "pub fn new(value: T) -> Self;",
                "pub fn newx(value: T) -> Self;",
            ),
            (
                "pub fn new(value: T) -> Self;",
                "pub fn new(value: T) -> Option<Self>;",
            ),
        ],
    );
}

#[test]
fn what_prose_says_in_code_links_and_numbers_is_changed_and_its_words_are_not() {
    assert_changes(
        Kind::QuoteNumber,
        &[("leaks when fetch #1 fails", "leaks when fetch #2 fails")],
    );
    assert_changes(
        Kind::LinkEntry,
        &[(
            "- [1. An early return](#1-an-early-return)",
            "- [1. An early return](#2-a-loop)",
        )],
    );
    assert_changes(
        Kind::LinkNumber,
        &[("- [2. A loop](#2-a-loop)", "- [3. A loop](#2-a-loop)")],
    );
    assert_changes(Kind::FrontMatter, &[("AsyncDropGuard", "AsyncDropGuardx")]);
    assert_changes(Kind::Row, &[("| `flush_all` | all |", "nothing")]);
    for (kind, words) in [
        (Kind::CodeName, "`with_async_dropx!`"),
        (Kind::Path, "`crates/utilsx/src/lib.rs`"),
        (Kind::Number, "within 6 s"),
        (Kind::Command, "`cargo add tokiox --features full`"),
        (Kind::Flag, "`cargo add tokio --featuresx full`"),
    ] {
        let found = changes(kind);
        assert!(
            found.iter().any(|(_, after)| after.contains(words)),
            "{kind}: {found:#?}"
        );
    }
    let prose = "Take `";
    for mutation in all() {
        assert!(mutation.apply(CHAPTER).contains(prose), "{mutation}");
    }
}

#[test]
fn what_the_reader_has_under_another_name_is_left_alone() {
    let text = "# A\n\nWrite `let _lease = |value| value.close(lease)` or `stack[&lease]`.\n";
    let all = mutations("a.md", text);
    let names = all.iter().filter(|one| one.kind == Kind::CodeName);
    let with: Vec<&str> = names.map(|one| one.with.as_str()).collect();
    assert_eq!(with, ["valuex", "closex", "stackx"]);

    let text = "# A\n\n```rust,right,cancel_safe\nlet _lease = open();\n```\n";
    let all = mutations("a.md", text);
    let names = all.iter().filter(|one| one.kind == Kind::Name);
    let with: Vec<&str> = names.map(|one| one.with.as_str()).collect();
    assert_eq!(with, ["openx"]);
}
