//! The ledger and the explorer, held to what their docs say.
#![cfg(feature = "testing")]

mod aborts;
mod behind_a_failure;
mod bounds;
mod cancellations;
mod connection;
mod determinism;
mod endings;
mod failures;
mod far_side;
mod forgotten;
mod ledger;
mod orders;
mod pairs;
mod panics;
mod persistent;
mod replay;
mod replayed_names;
mod report;
mod restarts;
mod seat;
mod seconds;
mod smallest;
mod tasks;
mod way_out;
mod where_dropped;

use async_drop_utils::testing::{Explorer, Leak, Outcome, Report};

#[track_caller]
fn begins(found: &Leak, words: &str) {
    assert!(found.to_string().starts_with(words), "{found}");
}

#[track_caller]
fn says(found: &Leak, words: &str) {
    assert!(found.to_string().contains(words), "{found}");
}

/// Which exploration of a scenario.
#[derive(Clone, Copy)]
enum By {
    All,
    Pairs,
    Orders(usize),
    Endings,
}

impl By {
    fn explore<O: Outcome>(
        self,
        explorer: &Explorer,
        scenario: impl AsyncFn() -> O,
    ) -> Result<Report, Leak> {
        match self {
            Self::All => explorer.all(scenario),
            Self::Pairs => explorer.pairs(scenario),
            Self::Orders(count) => explorer.orders(count, scenario),
            Self::Endings => explorer.endings(scenario),
        }
    }
}

/// The exploration finds exactly this, and so does the replay of its first line.
#[track_caller]
fn finds<O: Outcome>(by: By, scenario: impl AsyncFn() -> O, finding: &str) {
    finds_with(|explorer| explorer, by, scenario, finding);
}

#[track_caller]
fn finds_with<O: Outcome>(
    set: fn(Explorer) -> Explorer,
    by: By,
    scenario: impl AsyncFn() -> O,
    finding: &str,
) {
    let leak = by.explore(&set(Explorer::new()), &scenario).unwrap_err();
    assert_eq!(without_places(&leak), finding);
    let line = finding.lines().next().unwrap_or_default();
    let replayed = by
        .explore(&set(Explorer::only(line)), &scenario)
        .unwrap_err();
    assert_eq!(without_places(&replayed), finding, "replayed");
}

/// A panic's place is a line number of a test.
fn without_places(leak: &Leak) -> String {
    let text = leak.to_string();
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("panicked at "));
    lines.collect::<Vec<_>>().join("\n")
}

/// Nothing is found by any of them.
#[track_caller]
fn survives<O: Outcome>(scenario: impl AsyncFn() -> O) {
    for by in [By::Pairs, By::Orders(5), By::Endings] {
        by.explore(&Explorer::new(), &scenario).unwrap();
    }
}
