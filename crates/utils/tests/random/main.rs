//! Random programs of scopes, guards, containers, tasks, timeouts and panics. Whatever they do, each value is cleaned up once and each
//! end told once, what was opened in a scope's body is cleaned up before the scope's own values, nothing is left armed or running, and
//! nothing hangs.
//!
//! A program that breaks this is printed, shrunk, with its seed; `RANDOM_PROGRAM=<seed>` runs it again.
#![cfg(feature = "tokio")]
#![deny(warnings, clippy::all)]

mod books;
#[path = "../common/mod.rs"]
mod common;
mod counted;
mod explore;
mod interpreter;
mod planted;
mod program;
mod shrink;

use explore::{End, Explorer, Place};

#[test]
fn programs_on_a_current_thread_runtime_keep_the_contract() {
    Explorer::new(Place::CurrentThread, End::Dropped).explore(4_000);
}

#[test]
fn programs_on_a_multi_thread_runtime_keep_the_contract() {
    Explorer::new(Place::MultiThread, End::Dropped).explore(4_000);
}

#[test]
fn programs_in_a_local_set_keep_the_contract() {
    Explorer::new(Place::LocalSet, End::Dropped).explore(1_000);
}

#[test]
fn programs_that_are_aborted_keep_the_contract() {
    Explorer::new(Place::MultiThread, End::Aborted).explore(1_000);
}
