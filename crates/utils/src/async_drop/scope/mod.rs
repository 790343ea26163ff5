//! A body and the cleanup after it, on every exit from the body: the macros, and the function for a body that is handed in.

mod finish;
mod function;
mod open;
#[cfg(feature = "tokio")]
mod with_async_drop;
mod with_async_drop_2;

#[doc(inline)]
pub use crate::{with_async_drop_2, with_async_drop_2_infallible};
pub use finish::{body_result, from_cleanup_error, map_error};
pub use function::with_async_drop;
#[cfg(feature = "tokio")]
#[doc(inline)]
pub use with_async_drop::with_async_drop;
