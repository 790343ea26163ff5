//! Runs programs as the chapters teach them against real servers, files, processes and databases, cuts them off at random, and counts on the far side what leaks.
//!
//! A [`Trial`] makes a run of it: a multi-thread runtime, a [`server`](World::server) of its own that keeps [`Books`], some copies of the program,
//! each cut off at a moment of its own, and `drain`. When the runtime has gone, what the books miss has leaked. Each program that never leaks stands
//! beside one that does, so that the count is seen to be able to fail.

mod books;
mod chance;
mod connection;
mod drafts;
mod lease;
mod registration;
mod server;
mod subscription;
mod trial;
mod wire;
mod world;

pub use books::Books;
pub use chance::Chance;
pub use connection::{Connection, Transaction};
pub use drafts::{REPORT, drafts, left_drafts, remove_draft};
pub use lease::Lease;
pub use registration::Registration;
pub use subscription::Subscription;
pub use trial::Trial;
pub use wire::{SharedWire, Wire, ask};
pub use world::{Seen, World};
