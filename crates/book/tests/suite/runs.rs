//! How the blocks are run: with programs in the place of Cargo and of what it builds.

use std::process::Output;

use tempfile::TempDir;

use crate::command::{FORK, run};
use crate::stand_in::{BUILDS, stand_in};

/// Runs `cargo book` with a Cargo and with blocks that do what these lines of shell say.
fn book_with(cargo: &str, blocks: &str) -> (TempDir, Output) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = stand_in(cargo, blocks);
    command.env("MDBOOK_BUILD__BUILD_DIR", folder.path().join("book"));
    let output = run(&mut command);
    (folder, output)
}

#[track_caller]
fn fails_with(output: &Output, words: &[&str]) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    for words in words {
        assert!(message.contains(words), "no `{words}` in:\n{message}");
    }
}

#[test]
fn what_is_done_now_is_said_since_all_of_it_takes_minutes() {
    let (_book, output) = &*FORK;
    let steps = str::from_utf8(&output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{steps}");
    assert_eq!(
        Vec::from_iter(steps.lines()),
        [
            "Building the chapters' blocks, for their verdicts",
            "Running the chapters' blocks",
            "Writing the pages",
            "Checking where the links of the pages lead",
        ]
    );
}

#[test]
fn a_refuted_block_fails_the_book_with_its_words() {
    let (folder, output) = book_with(
        BUILDS,
        "echo 'gotchas.md:22: section \"1. Forgotten\"' >&2\necho '  the code does:    nothing' >&2\nexit 1",
    );
    fails_with(
        &output,
        &[
            "Running the chapters' blocks",
            "error: the blocks do not all do as their chapters say",
            "gotchas.md:22: section \"1. Forgotten\"\n  the code does:    nothing",
        ],
    );
    assert!(!folder.path().join("book/gotchas.html").exists());
}

#[test]
fn blocks_that_do_not_build_fail_the_book_with_the_compilers_words() {
    let (_folder, output) = book_with("echo ' --> gotchas.md:23:5' >&2\nexit 101", "");
    fails_with(
        &output,
        &[
            "--> gotchas.md:23:5",
            "error: the chapters' blocks do not build",
        ],
    );
}

#[test]
fn a_run_that_says_nothing_fails_the_book() {
    let (_folder, output) = book_with(BUILDS, "echo '[]'");
    fails_with(
        &output,
        &["SKILL.md:", "the run says nothing of this block"],
    );
}

#[test]
fn a_build_without_the_program_fails_the_book() {
    let (_folder, output) = book_with("echo '{\"reason\":\"build-finished\"}'", "");
    fails_with(&output, &["cargo has built no program verdicts"]);
}
