//! The numbers to reach.

use crate::one_cleanup::OneCleanup;
use crate::rounds::Rounds;

/// A ratio that must not be exceeded.
struct Target {
    id: &'static str,
    by: &'static str,
    at_most: f64,
}

const TARGETS: [Target; 15] = [
    at_most(1.15, "guard", "boxed"),
    // Counted among the armed.
    at_most(1.4, "cancel-safe", "boxed"),
    at_most(1.6, "with_async_drop_2", "boxed"),
    at_most(3.75, "with_async_drop", "boxed"),
    at_most(1.05, "guard", "async-drop-guard"),
    at_most(1.0, "guard", "tokio-async-drop"),
    at_most(1.0, "guard", "async-dropx"),
    at_most(1.0, "guard", "async-dropper"),
    at_most(1.15, "map-1000", "map-1000-by-hand"),
    at_most(1.15, "map-10000", "map-10000-by-hand"),
    at_most(1.15, "map-100000", "map-100000-by-hand"),
    // One that looked for the guard to take from its end would be some thousand times as slow.
    at_most(2.0, "stack", "stack-by-hand"),
    at_most(3.0, "tasks", "tasks-by-hand"),
    // What the library took when it ran the cleanups of one task one after the other, and knew no scopes.
    at_most(1.5, "scopes", "scopes-by-hand"),
    at_most(1.5, "bare", "bare-by-hand"),
];

/// How often one cleanup may allocate.
const ALLOCATIONS: [(OneCleanup, u64); 4] = [
    (OneCleanup::Guard, 1),
    (OneCleanup::CancelSafe, 1),
    (OneCleanup::Macro2, 1),
    (OneCleanup::Macro, 2),
];

const fn at_most(at_most: f64, id: &'static str, by: &'static str) -> Target {
    Target { id, by, at_most }
}

/// Says of each missed target what it is and what was measured.
pub fn missed(rounds: &Rounds, allocations: impl Fn(OneCleanup) -> u64) -> Vec<String> {
    let mut missed: Vec<String> = TARGETS
        .iter()
        .filter_map(|Target { id, by, at_most }| {
            let ratio = rounds.ratio(id, by);
            (ratio > *at_most).then(|| {
                format!("{id} takes {ratio:.2} times as long as {by}, at most {at_most} wanted")
            })
        })
        .collect();
    missed.extend(ALLOCATIONS.iter().filter_map(|(row, at_most)| {
        let (id, allocated) = (row.id(), allocations(*row));
        (allocated > *at_most)
            .then(|| format!("{id} allocates {allocated} times, at most {at_most} wanted"))
    }));
    missed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All rows as fast as what they are compared with, but for `id`.
    fn rounds(id: &'static str, time: f64) -> Rounds {
        let rows = TARGETS.iter().flat_map(|target| [target.id, target.by]);
        Rounds::of(rows.map(|row| (row, if row == id { time } else { 1.0 })))
    }

    #[test]
    fn rows_within_their_targets_miss_none() {
        assert!(missed(&rounds("guard", 1.0), |_| 1).is_empty());
    }

    #[test]
    fn each_row_that_is_too_slow_is_named_with_both_numbers() {
        for Target { id, by, at_most } in &TARGETS {
            let time = at_most + 0.01;
            let missed = missed(&rounds(id, time), |_| 1);
            let words =
                format!("{id} takes {time:.2} times as long as {by}, at most {at_most} wanted");
            assert!(missed.contains(&words), "{missed:?}");
        }
    }

    #[test]
    fn each_allocation_too_many_is_named() {
        for (row, at_most) in &ALLOCATIONS {
            let counted = |counted: OneCleanup| at_most + u64::from(counted == *row);
            let (id, counts) = (row.id(), at_most + 1);
            let words = format!("{id} allocates {counts} times, at most {at_most} wanted");
            assert!(missed(&rounds("guard", 1.0), counted).contains(&words));
        }
    }
}
