//! Several steps to a value, and what undoes those that are done when a later one fails.

#[cfg(feature = "tokio")]
mod acquire;
mod cancel_safe_here;
mod closing;
mod construct;
mod deferred;
mod flatten_async_drop;
mod held;
mod init;
mod open_all;
mod runs_once;
mod stack;

pub use closing::{Closing, closing};
pub use deferred::AsyncDropDeferred;
pub use flatten_async_drop::flatten_async_drop;
pub use held::Held;
pub use open_all::{Constructors, open_all};
pub use stack::AsyncDropStack;
