//! Lies that show when the block is run: they are compiled into this program as the chapters' blocks are into theirs.

use std::collections::BTreeSet;
use std::env;
use std::process::{Command, ExitCode, exit};

use async_drop_verdicts::{Record, hold, run_if_asked};

use crate::assert_said;

include!(concat!(env!("OUT_DIR"), "/lies/together.rs"));

const FOLDER: &str = "corpus/false_chapters/run";

/// The test that runs a block in a process of its own.
const RUNS: &str = "run::a_true_chapter_is_accepted_in_edition_2024";

/// Defines a test for each chapter: what is said of its block, in order.
macro_rules! refuted_when_run {
    ($($chapter:ident: [$($words:expr),+ $(,)?],)+) => {
        const REFUTED: &[&str] = &[$(stringify!($chapter)),+];

        $(
            #[test]
            fn $chapter() {
                let refuted = held(FOLDER, stringify!($chapter)).unwrap_err();
                assert_said(&refuted.to_string(), &[$($words),+]);
            }
        )+
    };
}

refuted_when_run! {
    right_fails_when_run: [
        "corpus/false_chapters/run/right_fails_when_run.md:5: section \"A right block fails when it is run\"",
        "the chapter says: right, also under cancellation",
        "the code does:    panics when nothing fails: assertion `left == right` failed",
        "panicked at src/main.rs:4:1",
    ],
    right_returns_before_the_cleanup: [
        "corpus/false_chapters/run/right_returns_before_the_cleanup.md:5: section \"A right block leaves its cleanup to a task\"",
        "the chapter says: right",
        "the code does:    returns before the cleanup when nothing fails",
        "still open: connection #1",
    ],
    right_leaks_when_an_operation_fails: [
        "corpus/false_chapters/run/right_leaks_when_an_operation_fails.md:5: section \"A right block leaks when an operation fails\"",
        "the chapter says: right",
        "when fetch #1 fails",
        "still open: connection #1",
    ],
    cancel_safe_leaks_when_cancelled: [
        "corpus/false_chapters/run/cancel_safe_leaks_when_cancelled.md:5: section \"A cancel-safe block leaks when it is cancelled\"",
        "the chapter says: right, also under cancellation",
        "when cancelled at await #2",
        "still open: connection #1",
    ],
    cancel_safe_without_an_await: [
        "corpus/false_chapters/run/cancel_safe_without_an_await.md:5: section \"A cancel-safe block has nothing to cancel\"",
        "the chapter says: right, also under cancellation",
        "the code does:    has nothing to fail and nothing to cancel: say `right,once`",
    ],
    once_can_be_injected_into: [
        "corpus/false_chapters/run/once_can_be_injected_into.md:5: section \"A block that runs once can be injected into\"",
        "the chapter says: right, run once",
        "the code does:    survives 4 faults and 2 cancellations",
        ": say `cancel_safe`",
    ],
    right_survives_cancellation: [
        "corpus/false_chapters/run/right_survives_cancellation.md:5: section \"A block is right under a condition that it does not need\"",
        "the chapter says: right, but leaks when cancelled at await #2",
        "the code does:    survives every cancellation, too: say `cancel_safe`",
    ],
    right_breaks_elsewhere: [
        "corpus/false_chapters/run/right_breaks_elsewhere.md:5: section \"A right block breaks at another await\"",
        "the chapter says: leaks when cancelled at await #1",
        "the code does:    leaks when cancelled at await #2",
    ],
    should_panic_returns: [
        "corpus/false_chapters/run/should_panic_returns.md:5: section \"A panicking block does not panic\"",
        "the chapter says: panics with: Value already dropped",
        "the code does:    does not panic: returns",
    ],
    should_panic_with_other_words: [
        "corpus/false_chapters/run/should_panic_with_other_words.md:5: section \"A panicking block panics with other words\"",
        "the chapter says: panics with: Value already cleaned up",
        "the code does:    panics with: Value already dropped",
    ],
    should_panic_before: [
        "corpus/false_chapters/run/should_panic_before.md:5: section \"A panicking block panics before it comes to what it shows\"",
        "the chapter says: panics with: Value already dropped",
        "the code does:    panics with: still open",
    ],
    should_panic_elsewhere: [
        "corpus/false_chapters/run/should_panic_elsewhere.md:5: section \"A panicking block panics in another line\"",
        "the chapter says: panics with: Forgot to call async_drop on 7 (type i32, guard made at src/main.rs:2:13)",
        "the code does:    panics with: Forgot to call async_drop on 7 (type i32, guard made at src/main.rs:1:13)",
    ],
    leaks_does_not: [
        "corpus/false_chapters/run/leaks_does_not.md:5: section \"A leaking block does not leak\"",
        "the chapter says: leaks when fetch #1 fails",
        "the code does:    does not leak: survives 4 faults",
    ],
    leaks_and_panics: [
        "corpus/false_chapters/run/leaks_and_panics.md:5: section \"A leaking block panics\"",
        "the chapter says: leaks when nothing fails",
        "the code does:    panics with: Forgot to call async_drop on Connection",
        ": say `should_panic`",
        "in the context:   corpus/false_chapters/contexts/body.rs",
    ],
    leaks_at_another_fault: [
        "corpus/false_chapters/run/leaks_at_another_fault.md:5: section \"A leaking block leaks at another fault\"",
        "the chapter says: leaks when fetch #1 fails",
        "the code does:    leaks when nothing fails",
        "still open: connection #1",
    ],
    leaks_before_it_is_cancelled: [
        "corpus/false_chapters/run/leaks_before_it_is_cancelled.md:5: section \"A block that leaks when cancelled leaks when nothing fails\"",
        "the chapter says: leaks when cancelled at await #2",
        "the code does:    leaks when nothing fails",
        "still open: connection #1",
    ],
}

#[test]
fn a_true_chapter_is_accepted_in_edition_2024() {
    // Where a test has started this process to run a block; libtest would end it with a success.
    if let Some(code) = run_if_asked(RUNNING) {
        exit(i32::from(code != ExitCode::SUCCESS));
    }
    held(FOLDER, "true_in_edition_2024").unwrap();
}

#[test]
fn every_lie_of_the_folder_is_refuted() {
    let tested = REFUTED.iter().chain(&["true_in_edition_2024"]);
    assert_eq!(files(FOLDER), tested.copied().collect());
}

/// The chapters of a folder, by their names.
pub(crate) fn files(folder: &str) -> BTreeSet<&str> {
    let is_its = |file: &'static str| file.strip_prefix(folder)?.strip_prefix('/');
    let names = RUNNING.iter().filter_map(|block| is_its(block.chapter));
    names.map(|name| name.trim_end_matches(".md")).collect()
}

/// Holds the block of a chapter to its verdict, in a process of its own.
pub(crate) fn held(folder: &str, name: &str) -> Result<Record, async_drop_corpus::Error> {
    held_by(Command::new(env::current_exe().unwrap()), folder, name)
}

/// The same in the process that `program` starts, with what that has in its environment.
pub(crate) fn held_by(
    mut program: Command,
    folder: &str,
    name: &str,
) -> Result<Record, async_drop_corpus::Error> {
    let file = format!("{folder}/{name}.md");
    let block = RUNNING.iter().find(|block| block.chapter == file);
    let block = block.expect("the lie was compiled");
    program.args(["--exact", RUNS, "--nocapture"]);
    hold(program, block.chapter, block.line)
}
