//! The tree of scopes: what a cancellation leaves to clean up, and in which order.
//!
//! A scope is polled or dropped within a *frame* of its thread. While its body is polled, a cleanup that is handed over starts in a
//! task and the scope waits for its end (`Pending`). While a scope is dropped, what is handed over is kept (`Left`) until the
//! last of its parts has gone; then it is one piece of work for the frame around, or, where there is none, for the task
//! that sees to this cancellation (`Event`).

#[cfg(feature = "tokio")]
mod adopted_by;
#[cfg(feature = "tokio")]
mod event;
#[cfg(feature = "tokio")]
mod frame;
#[cfg(feature = "tokio")]
mod handing_over;
#[cfg(feature = "tokio")]
mod inner;
#[cfg(feature = "tokio")]
mod item;
#[cfg(feature = "tokio")]
mod limit;
#[cfg(feature = "tokio")]
mod pending;
#[cfg(feature = "tokio")]
mod queue;
#[cfg(feature = "tokio")]
mod report;
#[cfg(feature = "tokio")]
mod scope;
#[cfg(feature = "tokio")]
mod stage;
mod together;
#[cfg(not(feature = "tokio"))]
mod without_runtime;

pub(crate) use together::Together;
#[cfg(feature = "tokio")]
pub(crate) use {
    adopted_by::AdoptedBy,
    frame::{acts, adopted, is_held},
    handing_over::{Place, submit, together},
    inner::InnerEnded,
    item::Cleanup,
    pending::Pending,
};
#[cfg(feature = "tokio")]
pub use {limit::limit_inner_cleanup, scope::Scope};

#[cfg(not(feature = "tokio"))]
pub use without_runtime::Scope;
#[cfg(not(feature = "tokio"))]
pub(crate) use without_runtime::together;
