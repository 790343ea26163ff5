//! The guards that a value owns: all are cleaned up, in order or concurrently, and one error is returned.

mod first_error;
mod macros;
mod member;
mod settle;

#[doc(inline)]
pub use crate::{async_drop_concurrently, async_drop_in_order};
pub(crate) use first_error::FirstError;
pub use member::Member;
pub use settle::{Outcome, SoFar, concurrently, converting, in_order, like_first, own_cleanup};
