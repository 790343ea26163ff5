//! Random sequences of operations, with cleanups that fail and futures that are cancelled, held to a plain model.
//!
//! Whatever the sequence: everything opened is closed exactly once, every value is dropped exactly once, and every error is
//! returned or reported exactly once. Each file adds what its container promises.
#![cfg(feature = "tokio")]

#[path = "../common/mod.rs"]
mod common;

mod arc;
mod books;
mod hash_map;
mod stack;
mod tokio_mutex;
