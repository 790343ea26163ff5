//! The ledger and the explorer, held to what their docs say.
#![cfg(feature = "testing")]

mod behind_a_failure;
mod bounds;
mod cancellations;
mod connection;
mod determinism;
mod failures;
mod forgotten;
mod ledger;
mod panics;
mod tasks;

use async_drop_utils::testing::Leak;

#[track_caller]
fn begins(found: &Leak, words: &str) {
    assert!(found.to_string().starts_with(words), "{found}");
}

#[track_caller]
fn says(found: &Leak, words: &str) {
    assert!(found.to_string().contains(words), "{found}");
}
