//! Holds the proof itself to be whole: no Rust block escapes it.

use std::path::Path;

use async_drop_checks::rust_outside_the_pages;
use async_drop_corpus::{read_pages, test_name};

/// What `blocks.rs` runs.
const TESTS: &str = include_str!(concat!(env!("OUT_DIR"), "/corpus/tests.rs"));

/// What skeptic generated, and `copied.rs` runs.
const COPIED: &str = include_str!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_block_that_runs_has_one_test_named_after_its_place() {
    assert_eq!(generated(TESTS), names_of_blocks_that_run(|_| true));
}

#[test]
fn every_block_that_is_copied_first_has_a_test_of_its_own_program() {
    let expected = names_of_blocks_that_run(|file| ["README.md", "SKILL.md"].contains(&file));
    assert!(!expected.is_empty());
    let mut generated = generated(COPIED);
    generated.sort();
    let mut sorted = expected;
    sorted.sort();
    assert_eq!(generated, sorted);
}

#[test]
fn no_test_is_ignored_or_left_unrun() {
    for line in [TESTS, COPIED].into_iter().flat_map(str::lines) {
        assert!(!line.starts_with("#[ignore"), "{line}");
        assert!(!line.starts_with("#[should_panic"), "{line}");
        assert!(!line.contains("skeptic::rt::compile_test"), "{line}");
    }
}

fn names_of_blocks_that_run(of: fn(&str) -> bool) -> Vec<String> {
    let chapters = read_pages(root()).unwrap_or_else(|errors| panic!("\n{errors}"));
    chapters
        .iter()
        .flat_map(|chapter| &chapter.blocks)
        .filter(|block| block.verdict.is_run())
        .filter(|block| of(&block.file))
        .map(test_name)
        .collect()
}

/// The names of the functions of a file that are tests.
fn generated(tests: &str) -> Vec<String> {
    let lines: Vec<&str> = tests.lines().collect();
    let function = |(index, line): (usize, &&str)| {
        let above = index.checked_sub(1).map_or("", |above| lines[above]);
        let is_test = line.starts_with("#[test] ") || above == "#[test]";
        let name = line.trim_start_matches("#[test] ").strip_prefix("fn ")?;
        is_test.then(|| name.trim_end_matches("() {").to_owned())
    };
    lines.iter().enumerate().filter_map(function).collect()
}

#[test]
fn no_rust_block_stands_outside_the_pages() {
    if let Err(errors) = rust_outside_the_pages(root()) {
        panic!("\n{errors}");
    }
}
