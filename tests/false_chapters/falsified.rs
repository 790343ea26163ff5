//! What the chapters once said and real programs refuted: each sentence with its block as it stood, refuted by the explorer alone.
//!
//! *then*: the library has been mended since, so that the block is right today; it runs with [`as_it_was`](crate::as_it_was) in place of
//! the library. Each is replayed by `Explorer::only` with its finding.
//!
//! | the chapters said | chapter | finding |
//! |---|---|---|
//! | the inner one is cleaned up first; timeout inside the scope | `nested_scopes_under_a_timeout`, then | leaks when nothing fails |
//! | hold a lease while the work runs | `lease_while_the_work_runs`, then | leaks when renew #1 fails |
//! | cut off in the cleanup, it goes on; cleaned up concurrently | `cleanup_goes_on_side_by_side`, then | leaks when cancelled at await #1 |
//! | … and those that share a lock | `cleanups_that_share_a_lock`, then | leaks when cancelled at await #1 |
//! | share between tasks; end `main` with `drain` | `value_shared_by_a_join_set`, then | returns before the cleanup when query #1 fails |
//! | a bound shorter than the deadline of `drain` | `bound_shorter_than_the_deadline`, then | returns before the cleanup when nothing fails |
//! | defer behind the step | `undo_deferred_behind_the_step` | leaks when cancelled at await #1 |
//! | `new` for what is not `Send` | `right_is_not_send` | rustc: future cannot be sent between threads |
//! | every member is cleaned up | `every_member_is_cleaned_up`, then | panics when flush #1 fails, and the other member is still open |
//! | only success commits | `only_success_commits` | leaks when cancelled at await #3 |
//! | nothing that hangs holds up the cleanup | `nothing_holds_up_the_cleanup` | panics when unsubscribe #1 never answers |
//! | … and its failure reaches the work | `failure_reaches_the_work` | panics when nothing fails |
//! | the cleanup goes on in a task | `timeout_around_the_cleanup` | returns before the cleanup when nothing fails |
//! | catch SIGTERM and ctrl-c so | `stop_on_a_signal` | leaks when nothing fails |
//! | … also when it comes again | `second_signal` | panics when unsubscribe #1 never answers |
//! | how each has ended since the last drain | `every_end_since_the_last_drain` | panics when nothing fails |
//! | … all of the process | `all_of_the_process`, then | returns before the cleanup when nothing fails |
//! | `Box<dyn AsyncDrop>` under a guard | `right_guards_a_boxed_trait` | rustc: E0277 |
//! | a scope's value cannot be moved away | `cannot_be_moved_away` | returns before the cleanup when nothing fails |
//! | replace a guard in a field | `replace_a_guard_in_a_field` | panics when disconnect #1 fails |
//! | the trait, copied | `right_implements_the_trait_as_shown` | rustc: E0195 |
//!
//! What rustc refutes is in [`rustc`](crate::rustc).

use crate::as_it_was::MENDED;
use crate::explored::{found, with};
use crate::run::held_by;

const FOLDER: &str = "corpus/false_chapters/falsified";

found! {
    nested_scopes_under_a_timeout:
        "leaks when nothing fails",
        "closed too early: connection #1 under transaction #1";
    lease_while_the_work_runs:
        "leaks when renew #1 fails",
        "closed too early: lease nightly #1 under connection #1";
    cleanup_goes_on_side_by_side:
        "leaks when cancelled at await #1",
        "still open: end #1", "still open: end #2";
    cleanups_that_share_a_lock:
        "leaks when cancelled at await #1",
        "still open: reader #1", "still open: writer #1";
    value_shared_by_a_join_set:
        "returns before the cleanup when query #1 fails",
        "still open: connection #1";
    bound_shorter_than_the_deadline:
        "returns before the cleanup when nothing fails",
        "still open: socket #";
    undo_deferred_behind_the_step:
        "leaks when cancelled at await #1",
        "still open: name #1";
    every_member_is_cleaned_up:
        "panics when flush #1 fails",
        "the disk is full", "still open: lease job #1";
    only_success_commits:
        "leaks when cancelled at await #3",
        "still open: report.txt #1";
    nothing_holds_up_the_cleanup:
        "panics when unsubscribe #1 never answers",
        "the cleanup was held up";
    failure_reaches_the_work:
        "panics when nothing fails",
        "the work was cut off, and `run` is `Ok`";
    timeout_around_the_cleanup:
        "returns before the cleanup when nothing fails",
        "still open: connection #1";
    stop_on_a_signal:
        "leaks when nothing fails",
        "still open: subscription #1";
    second_signal:
        "panics when unsubscribe #1 never answers",
        "pressed twice, and still there";
    every_end_since_the_last_drain:
        "panics when nothing fails",
        "left: 1000", "right: 1500";
    all_of_the_process:
        "returns before the cleanup when nothing fails",
        "still open: connection #1";
    cannot_be_moved_away:
        "returns before the cleanup when nothing fails",
        "still open: connection #1";
    replace_a_guard_in_a_field:
        "panics when disconnect #1 fails",
        "left: Some(\"standby\")";
}

/// What is marked *then* above: with the library as it is, the very block keeps its verdict.
const THEN: [&str; 7] = [
    "nested_scopes_under_a_timeout",
    "lease_while_the_work_runs",
    "cleanup_goes_on_side_by_side",
    "cleanups_that_share_a_lock",
    "value_shared_by_a_join_set",
    "bound_shorter_than_the_deadline",
    "all_of_the_process",
];

#[test]
fn what_was_false_then_is_true_today() {
    for chapter in THEN {
        held_by(with(MENDED, "1"), FOLDER, chapter).unwrap();
    }
}

/// A panic is a finding, so the block keeps being refuted; but nothing is left open.
#[test]
fn a_member_that_panics_leaves_the_others_cleaned_up_today() {
    let refuted = held_by(with(MENDED, "1"), FOLDER, "every_member_is_cleaned_up");
    let refuted = refuted.unwrap_err().to_string();
    assert!(refuted.contains("panics when flush #1 fails"), "{refuted}");
    assert!(!refuted.contains("still open"), "{refuted}");
}
