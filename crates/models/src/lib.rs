//! Model tests of what threads share in `async-drop-utils`: `cargo models` runs them.
//!
//! The library's own source files are compiled here a second time, unchanged. What they synchronise with comes from their module
//! `sync`, which is the standard library's there and [loom](https://docs.rs/loom)'s here. Loom runs a model again and
//! again, until it has seen every interleaving of its threads and every value that a read may give under the memory model.
//! The bound, where there is one, stands in the test's name.
//!
//! # What is not modelled
//!
//! - Tokio and tokio-util. The modules `notify`, `runtime`, `task` and `time` stand for them and keep to what their documentation promises: a
//!   spawned task is a thread of its own, `TaskTracker` counts tasks, and a runtime that shuts down drops them.
//! - Panics: a loom mutex is never poisoned. Ordinary tests of the library cover a future that panics.
//! - The count of the `Arc`s behind wakers, which `std::task::Wake` fixes to the standard library's.
#![cfg(all(test, feature = "loom"))]

extern crate self as tokio;
extern crate self as tokio_util;

mod explore;
mod handover;
mod models;
mod notify;
mod seq_cst;
mod sharing;
mod sync;
mod tree;
mod with_try_unwrap;

pub mod runtime;
pub mod task;
pub mod time;
