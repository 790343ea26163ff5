//! What only a failure leads to: `all` tries one thing a run, `pairs` one behind another.

use async_drop_utils::testing::{Explorer, Ledger, Outcome, fallible};
use tokio::task::yield_now;

use crate::begins;

/// Holds a scenario to leaking, and to leaking when two things go wrong and not when one does.
fn leaks_behind_a_failure<O: Outcome>(scenario: impl AsyncFn() -> O, words: &str) {
    Explorer::new().all(&scenario).unwrap();
    begins(&Explorer::new().pairs(&scenario).unwrap_err(), words);
}

#[test]
fn an_await_on_the_path_of_an_error_is_cut_off_by_pairs() {
    leaks_behind_a_failure(
        async || {
            if fallible("work").await.is_err() {
                let undo_log = Ledger::current().open("undo log");
                yield_now().await;
                undo_log.close();
            }
        },
        "leaks when work #1 fails and then cancelled at await #2\nstill open: undo log #1",
    );
}

#[test]
fn an_operation_on_the_path_of_an_error_fails_in_pairs() {
    leaks_behind_a_failure(
        async || {
            if fallible("work").await.is_err() && fallible("undo").await.is_err() {
                drop(Ledger::current().open("half"));
            }
        },
        "leaks when work #1 fails and then undo #1 fails\nstill open: half #1",
    );
}
