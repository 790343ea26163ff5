//! The Markdown that the README shows.

use crate::many::{self, Pair};
use crate::one_cleanup::OneCleanup;
use crate::rounds::Rounds;
use crate::sizes;

/// Writes all three tables.
pub fn markdown(rounds: &Rounds, allocations: impl Fn(OneCleanup) -> u64) -> String {
    let mut lines = vec![
        "| one no-op cleanup | time | allocations |".to_owned(),
        "|---|--:|--:|".to_owned(),
    ];
    for row in OneCleanup::ALL {
        let time = number(rounds.ratio(row.id(), OneCleanup::Boxed.id()));
        lines.push(format!(
            "| {} | {time} | {} |",
            row.label(),
            allocations(row)
        ));
    }

    lines.push(String::new());
    lines.push("| many at once | divided by | time |".to_owned());
    lines.push("|---|---|--:|".to_owned());
    for Pair {
        id, what, by_hand, ..
    } in many::ALL
    {
        let time = number(rounds.ratio(id, &by_hand_id(id)));
        lines.push(format!("| {what} | {by_hand} | {time} |"));
    }
    let growth = number(rounds.ratio("map-100000", "map-1000") / 100.0);
    lines.push(format!(
        "| one guard in a map of 100,000 | one in a map of 1,000 | {growth} |"
    ));

    lines.push(String::new());
    lines.push("| bytes | bare | `AsyncDropGuard` | crate `async-drop-guard` |".to_owned());
    lines.push("|---|--:|--:|--:|".to_owned());
    for size in sizes::all() {
        let (bare, guarded, other) = (size.bare, size.guarded, size.other);
        lines.push(format!("| {} | {bare} | {guarded} | {other} |", size.value));
    }
    lines.join("\n")
}

/// The name in files of a pair's other side.
pub fn by_hand_id(id: &str) -> String {
    format!("{id}-by-hand")
}

/// Two digits that count, and none made up for large numbers.
fn number(ratio: f64) -> String {
    if ratio < 10.0 {
        format!("{ratio:.2}")
    } else {
        format!("{ratio:.0}")
    }
}
