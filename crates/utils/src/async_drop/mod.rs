//! The guard, the trait behind it, and the helpers built on both.

// From the ground up: a room imports from those above it in this list.
mod sync;

mod awaited_cleanup;
mod reported;

mod guard;

mod tree;

#[cfg(feature = "tokio")]
mod handover;

mod blocking;
mod members;
mod opening;
mod scope;
mod sharing;

mod map;

#[cfg(feature = "tokio")]
mod ending;

pub mod hash_map;

#[doc(hidden)]
pub mod __private;

#[cfg(feature = "derive")]
pub use async_drop_derive::AsyncDrop;
pub use blocking::SyncDrop;
#[cfg(feature = "signal")]
pub use ending::run_to_end;
#[cfg(feature = "tokio")]
pub use ending::{Ended, StopReason, Stopping, run_until};
#[doc(hidden)]
pub use guard::ShareWithAsyncDropArc;
#[cfg(feature = "testing")]
pub(crate) use guard::ask_first_of_forgotten;
pub use guard::{
    AsyncDrop, AsyncDropGuard, ForgottenGuard, set_forgotten_guard_hook, take_forgotten_guard_hook,
};
#[cfg(feature = "tokio")]
pub use handover::{
    ArmedGuards, CleanupScope, CleanupTask, CleanupTracker, DrainReport, FailedCleanup,
    armed_guards, drain,
};
#[cfg(feature = "testing")]
pub(crate) use handover::{ArmedInRun, ask_first_for_armed, ask_first_for_tracker};
pub use map::{AsyncDropHashMap, TryInsertError};
#[doc(inline)]
pub use members::{async_drop_concurrently, async_drop_in_order};
pub use opening::{
    AsyncDropDeferred, AsyncDropStack, Closing, Constructors, Held, closing, flatten_async_drop,
    open_all,
};
pub use reported::cleanup_error_is_reported;
#[doc(inline)]
pub use scope::{with_async_drop, with_async_drop_2, with_async_drop_2_infallible};
pub use sharing::{AsyncDropArc, AsyncDropResult, AsyncDropShared, AsyncDropWeak};
#[cfg(feature = "tokio")]
pub use sharing::{AsyncDropTaskGroup, AsyncDropTokioMutex, AsyncDropTokioRwLock};
#[cfg(feature = "tokio")]
pub use tree::limit_inner_cleanup;
