//! Holds the proof itself to be whole: no Rust block escapes it.

use std::path::Path;

use async_drop_checks::rust_outside_the_pages;
use async_drop_corpus::{Verdict, read_pages, test_name};

/// What skeptic generated, and `snippets.rs` runs.
const TESTS: &str = include_str!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_block_that_runs_has_one_test_named_after_its_place() {
    let chapters = read_pages(root()).unwrap_or_else(|errors| panic!("\n{errors}"));
    let expected: Vec<String> = chapters
        .iter()
        .flat_map(|chapter| &chapter.blocks)
        .filter(|block| !matches!(block.verdict, Verdict::CompileFail | Verdict::Signature))
        .map(test_name)
        .collect();
    let generated: Vec<&str> = TESTS
        .lines()
        .filter_map(|line| line.strip_prefix("#[test] fn ")?.strip_suffix("() {"))
        .collect();
    assert_eq!(generated, expected);
}

#[test]
fn no_test_is_ignored_or_left_unrun() {
    for line in TESTS.lines() {
        assert!(!line.starts_with("#[ignore"), "{line}");
        assert!(!line.starts_with("#[should_panic"), "{line}");
        assert!(!line.contains("skeptic::rt::compile_test"), "{line}");
    }
}

#[test]
fn no_rust_block_stands_outside_the_pages() {
    if let Err(errors) = rust_outside_the_pages(root()) {
        panic!("\n{errors}");
    }
}
