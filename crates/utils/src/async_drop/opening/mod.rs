//! Several steps to a value, and what undoes those that are done when a later one fails.

mod cancel_safe_here;
mod construct;
mod deferred;
mod flatten_async_drop;
mod held;
mod open_all;
mod stack;

pub use deferred::AsyncDropDeferred;
pub use flatten_async_drop::flatten_async_drop;
pub use held::Held;
pub use open_all::{Constructors, open_all};
pub use stack::AsyncDropStack;
