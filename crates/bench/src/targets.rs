//! The numbers to reach.

use crate::one_cleanup::OneCleanup;
use crate::rounds::Rounds;

/// "No slower", with room for the two words that a guard stores more than that crate's: where it was made, and what to do when
/// it is dropped armed.
const TWO_WORDS_MORE: f64 = 1.1;

/// A ratio that must not be exceeded.
struct Target {
    id: &'static str,
    by: &'static str,
    at_most: f64,
}

const TARGETS: [Target; 7] = [
    at_most(1.2, "guard", "boxed"),
    at_most(TWO_WORDS_MORE, "guard", "async-drop-guard"),
    at_most(1.0, "guard", "tokio-async-drop"),
    at_most(1.0, "guard", "async-dropx"),
    at_most(1.0, "guard", "async-dropper"),
    at_most(1.2, "map-10000", "map-10000-by-hand"),
    at_most(1.2, "map-100000", "map-100000-by-hand"),
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
    let allocated = allocations(OneCleanup::Guard);
    if allocated > 1 {
        missed.push(format!("guard allocates {allocated} times, once wanted"));
    }
    missed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(guard: f64) -> Rounds {
        Rounds::of([
            ("guard", &[guard]),
            ("boxed", &[1.0]),
            ("async-drop-guard", &[2.0]),
            ("tokio-async-drop", &[2.0]),
            ("async-dropx", &[2.0]),
            ("async-dropper", &[2.0]),
            ("map-10000", &[1.0]),
            ("map-10000-by-hand", &[1.0]),
            ("map-100000", &[1.0]),
            ("map-100000-by-hand", &[1.0]),
        ])
    }

    #[test]
    fn a_guard_within_its_targets_misses_none() {
        assert!(missed(&rounds(1.2), |_| 1).is_empty());
    }

    #[test]
    fn a_guard_that_is_too_slow_is_named_with_both_numbers() {
        let words = "guard takes 1.30 times as long as boxed, at most 1.2 wanted";
        assert_eq!(missed(&rounds(1.3), |_| 1), [words]);
    }

    #[test]
    fn a_second_allocation_is_named() {
        assert_eq!(
            missed(&rounds(1.0), |_| 2),
            ["guard allocates 2 times, once wanted"]
        );
    }
}
