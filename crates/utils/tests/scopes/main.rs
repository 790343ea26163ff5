//! Cleanup that follows the scopes: one module a concern, on a current-thread and a multi-thread runtime and in a `LocalSet`.
#![cfg(feature = "tokio")]
#![deny(warnings, clippy::all)]

mod bare;
mod begun;
mod dropped;
mod forms;
mod given;
mod going_on;
mod independent;
mod limits;
mod reports;
mod side_by_side;
mod strangers;
mod unwinding;
mod world;
