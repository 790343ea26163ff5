//! A false chapter for each thing that the explorer can do to a program: the block is believable, and survives what is tried before that.
//!
//! | dimension | chapters |
//! |---|---|
//! | what a fault is | `fails`, `answer_is_lost`, `happens_later`, `never_answers`, `happens_and_never_answers` |
//! | where a future is dropped | `between_request_and_effect`, `between_effect_and_reply`, `inside_a_timeout`, `inside_a_select`, `just_before_it_resumes` |
//! | how many | `fault_and_fault`, `fault_and_cancellation`, `cancellation_and_fault`, the second in the cleanup that the first started; `fails_from_then_on` |
//! | the end | `runtime_ends` in three ways, `main_returns_behind_drain` |
//! | tasks | `order_of_tasks`, `aborted_task`, `aborted_before_it_starts` |
//! | clocks | `called_again` |
//! | the order of closing | `order_of_closing` |
//!
//! Pairs, orders of tasks and ends of the runtime are found when the block is explored thoroughly, everything else by `cargo test`.

use std::fs;

use crate::explored::{assert_found, assert_replayed, found};
use crate::root;

const FOLDER: &str = "corpus/false_chapters/dimensions";

found! {
    fails:
        "leaks when ask #1 fails",
        "still open: session #1";
    answer_is_lost:
        "leaks when acquire #1 happens and its answer is lost",
        "still open: lease #1";
    happens_later:
        "leaks when acquire #1 fails and happens later",
        "still open: lease #1";
    never_answers:
        "leaks when leave #1 never answers",
        "still open: session #1";
    happens_and_never_answers:
        "leaks when acquire #1 happens and never answers",
        "still open: lease #1";
    between_request_and_effect:
        "leaks when cancelled at await #1",
        "still open: lease #1";
    between_effect_and_reply:
        "leaks when cancelled at await #1 just before it resumes",
        "still open: lease #1";
    inside_a_timeout:
        "panics when an hour passes at await #1",
        "left: 1", "right: 2";
    inside_a_select:
        "panics when an hour passes at await #2",
        "right: [(1, 2), (3, 4)]";
    just_before_it_resumes:
        "leaks when cancelled at await #1 just before it resumes",
        "still open: session #1";
    fault_and_fault:
        "leaks when release #1 fails and then revoke #1 fails",
        "still open: session #1";
    fault_and_cancellation:
        "leaks when ask #1 fails and then cancelled at await #3",
        "still open: session #1";
    cancellation_and_fault:
        "leaks when cancelled at await #2 and then note #1 fails",
        "still open: session #1";
    fails_from_then_on:
        "leaks when release fails from #1 on",
        "still open: session #1";
    runtime_ends:
        "panics when the runtime is dropped at await #3",
        "dropped with an open session";
    main_returns_behind_drain:
        "leaks when cancelled at await #2 and main returns right behind drain",
        "still open: session #1";
    order_of_tasks:
        "returns before the cleanup when nothing fails in order 3",
        "still open: session #1";
    aborted_task:
        "leaks when task #1 is aborted at its await #2",
        "still open: session #1";
    aborted_before_it_starts:
        "leaks when task #1 is aborted before it starts",
        "still open: session #1";
    called_again:
        "panics when read frame #1 is cut off at its await #2 and called again",
        "right: [1, 2]";
    order_of_closing:
        "leaks when nothing fails",
        "closed too early: connection #1 under transaction #1";
}

/// The other ways in which the runtime of `runtime_ends` ends: the first is found before them.
const OTHER_ENDS: [&str; 2] = [
    "panics when the runtime is shut down with a timeout at await #3",
    "panics when the runtime is shut down in the background at await #3",
];

#[test]
fn runtime_ends_in_other_ways() {
    for end in OTHER_ENDS {
        assert_replayed(
            FOLDER,
            "runtime_ends",
            end,
            &["dropped with an open session"],
        );
    }
}

#[test]
#[should_panic(expected = "not found: leaks when cancelled at await #1\n")]
fn a_finding_that_begins_like_another_is_not_taken_for_it() {
    let begins_so = "leaks when cancelled at await #1";
    assert_found(FOLDER, "between_effect_and_reply", begins_so, &[]);
}

#[test]
fn everything_that_the_explorer_can_do_has_a_chapter() {
    let findings = FOUND.iter().map(|(_, finding)| *finding);
    let findings: Vec<&str> = findings.chain(OTHER_ENDS).collect();
    assert_eq!(without_a_finding(&findings), [""; 0]);
    // Without a chapter, its words are named.
    let others = findings.iter().filter(|finding| !finding.contains("lost"));
    let others: Vec<&str> = others.copied().collect();
    assert_eq!(
        without_a_finding(&others),
        ["happens and its answer is lost"]
    );
}

/// The words of the explorer for what it does that are in none of the findings.
fn without_a_finding(findings: &[&str]) -> Vec<String> {
    let mut words = Vec::new();
    for file in ["fault.rs", "plan.rs"] {
        let file = root().join("crates/utils/src/testing/world").join(file);
        let text = fs::read_to_string(file).unwrap();
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            // Between the quotes, and there between the holes.
            for literal in line.split('"').skip(1).step_by(2) {
                let parts = literal.split(['{', '}']).step_by(2).map(str::trim);
                words.extend(parts.filter(|part| !part.is_empty()).map(str::to_owned));
            }
        }
    }
    // What the error says and not the finding.
    words.retain(|words| words != "failed (injected)");
    words.retain(|words| {
        !findings
            .iter()
            .any(|finding| finding.contains(words.as_str()))
    });
    words
}
