//! What the macros expand to: not for direct use, and free to change in any release.

pub use std::future::ready;
pub use std::pin::pin;
pub use std::result::Result::{Err, Ok};

pub use super::guard::{UnreturnedError, clean_up, join, plain_error, report_failed};
#[cfg(feature = "tokio")]
pub use super::handover::clean_up_even_when_cancelled;
pub use super::members::{
    Member, Outcome, SoFar, concurrently, converting, in_order, like_first, own_cleanup,
};
pub use super::scope::{body_result, from_cleanup_error, map_error};
pub use super::tree::Scope;
