//! Many values at once: this crate's helper beside the same thing written by hand.

use std::time::Duration;

mod arc;
mod cancellation;
mod map;
mod runtime;
mod shared;
mod stack;

pub use runtime::current_thread;

/// A helper and its counterpart by hand; a row of the second table.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// The row's name in files.
    pub id: &'static str,
    /// What is done.
    pub what: &'static str,
    /// What it is divided by.
    pub by_hand: &'static str,
    /// Does it so many times with the helper, and gives the time that this took without its preparations.
    pub with_helper: fn(u64) -> Duration,
    /// The same by hand.
    pub without: fn(u64) -> Duration,
}

/// All rows, in the order of the table.
pub const ALL: [Pair; 9] = [
    Pair {
        id: "map-1000",
        what: "`AsyncDropHashMap` of 1,000 guards",
        by_hand: "`HashMap`, `FuturesUnordered`",
        with_helper: map::guards::<1_000>,
        without: map::by_hand::<1_000>,
    },
    Pair {
        id: "map-10000",
        what: "… of 10,000 guards",
        by_hand: "the same",
        with_helper: map::guards::<10_000>,
        without: map::by_hand::<10_000>,
    },
    Pair {
        id: "map-100000",
        what: "… of 100,000 guards",
        by_hand: "the same",
        with_helper: map::guards::<100_000>,
        without: map::by_hand::<100_000>,
    },
    Pair {
        id: "shared",
        what: "10,000 tasks await one `AsyncDropShared` and clean up their clones",
        by_hand: "`futures_util`'s `Shared` of an `Arc`",
        with_helper: shared::guarded,
        without: shared::by_hand,
    },
    Pair {
        id: "arc",
        what: "8 tasks clone an `AsyncDropArc` and clean the clone up, 10,000 times each",
        by_hand: "`Arc`, dropped in a boxed future",
        with_helper: arc::guarded,
        without: arc::by_hand,
    },
    Pair {
        id: "stack",
        what: "100,000 guards are taken from an `AsyncDropStack`, first in, first out, and cleaned up",
        by_hand: "`BTreeMap` of boxes",
        with_helper: stack::taken::<100_000>,
        without: stack::by_hand::<100_000>,
    },
    Pair {
        id: "tasks",
        what: "10,000 tasks with a cancel-safe guard each are aborted, until `drain` returns",
        by_hand: "a `Drop` that spawns on a `TaskTracker`",
        with_helper: cancellation::guards_in_tasks,
        without: cancellation::by_hand_in_tasks,
    },
    Pair {
        id: "scopes",
        what: "10,000 futures in a `with_async_drop!` each are dropped by one task, until `drain` returns",
        by_hand: "the same",
        with_helper: cancellation::scopes,
        without: cancellation::by_hand_in_scopes,
    },
    Pair {
        id: "bare",
        what: "10,000 cancel-safe guards are dropped by one task, until `drain` returns",
        by_hand: "the same",
        with_helper: cancellation::bare_guards,
        without: cancellation::by_hand_bare,
    },
];
