//! The guard, the trait behind it, and the helpers built on both.

mod arc;
mod armed_drop;
mod driven;
mod first_error;
mod forgotten;
mod guard;
mod hash_map;
mod last_owner;
mod origin;
mod report;
mod shared;
#[cfg(feature = "tokio")]
mod tokio_mutex;
mod trait_def;

#[cfg(feature = "tokio")]
mod cancel_safe;
#[cfg(feature = "tokio")]
mod cleanup_scope;
#[cfg(feature = "tokio")]
mod cleanup_task;
#[cfg(feature = "tokio")]
mod cleanup_tracker;
#[cfg(feature = "tokio")]
mod drain_report;

pub use arc::AsyncDropArc;
pub use forgotten::{ForgottenGuard, set_forgotten_guard_hook, take_forgotten_guard_hook};
pub use guard::AsyncDropGuard;
#[doc(hidden)]
pub use guard::ShareWithAsyncDropArc;
pub use hash_map::{AsyncDropHashMap, TryInsertError};
pub use shared::AsyncDropShared;
#[cfg(feature = "tokio")]
pub use tokio_mutex::AsyncDropTokioMutex;
pub use trait_def::AsyncDrop;

#[cfg(feature = "tokio")]
pub use cleanup_scope::CleanupScope;
#[cfg(feature = "tokio")]
pub use cleanup_task::CleanupTask;
#[cfg(feature = "tokio")]
pub use cleanup_tracker::{CleanupTracker, drain};
#[cfg(feature = "tokio")]
pub use drain_report::{DrainReport, FailedCleanup};
