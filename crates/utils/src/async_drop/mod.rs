//! The guard, the trait behind it, and the helpers built on both.

mod forgotten;
mod guard;
mod origin;
mod report;
mod trait_def;

pub use guard::AsyncDropGuard;
#[doc(hidden)]
pub use guard::ShareWithAsyncDropArc;
pub use trait_def::AsyncDrop;
