//! The ledger and the explorer, held to what their docs say.
#![cfg(feature = "testing")]

mod bounds;
mod cancellations;
mod connection;
mod determinism;
mod failures;
mod forgotten;
mod ledger;
mod panics;
mod tasks;
