//! The guard, the trait behind it, and the helpers built on both.

mod arc;
mod armed_drop;
mod blocking;
mod cancel_safe_here;
mod deferred;
mod driven;
mod first_error;
mod flatten_async_drop;
mod forgotten;
mod guard;
pub mod hash_map;
mod hash_map_drain;
mod hash_map_entry;
mod hash_map_views;
mod last_owner;
// Beside the file and not in it, which `crates/models` compiles over another `Arc`.
#[cfg(test)]
mod last_owner_tests;
mod macros;
mod members;
mod members_macros;
mod members_outcome;
mod open_all;
mod origin;
mod report;
mod result;
mod shared;
mod stack;
mod stack_construct;
mod stack_member;
mod sync;
mod sync_drop;
#[cfg(feature = "tokio")]
mod task_group;
#[cfg(feature = "tokio")]
mod tokio_mutex;
#[cfg(feature = "tokio")]
mod tokio_rwlock;
mod trait_def;
mod try_insert_error;
mod unreturned_error;
mod weak;
mod with_async_drop;
#[cfg(feature = "tokio")]
mod with_async_drop_macro;

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

#[doc(hidden)]
pub mod __private;

#[doc(inline)]
pub use crate::{
    async_drop_concurrently, async_drop_in_order, with_async_drop_2, with_async_drop_2_infallible,
};
pub use arc::AsyncDropArc;
#[cfg(feature = "derive")]
pub use async_drop_derive::AsyncDrop;
pub use deferred::AsyncDropDeferred;
pub use flatten_async_drop::flatten_async_drop;
pub use forgotten::{ForgottenGuard, set_forgotten_guard_hook, take_forgotten_guard_hook};
pub use guard::AsyncDropGuard;
#[doc(hidden)]
pub use guard::ShareWithAsyncDropArc;
pub use hash_map::{AsyncDropHashMap, TryInsertError};
pub use open_all::{Constructors, open_all};
pub use result::AsyncDropResult;
pub use shared::AsyncDropShared;
pub use stack::AsyncDropStack;
pub use stack_member::Held;
pub use sync_drop::SyncDrop;
#[cfg(feature = "tokio")]
pub use task_group::AsyncDropTaskGroup;
#[cfg(feature = "tokio")]
pub use tokio_mutex::AsyncDropTokioMutex;
#[cfg(feature = "tokio")]
pub use tokio_rwlock::AsyncDropTokioRwLock;
pub use trait_def::AsyncDrop;
pub use weak::AsyncDropWeak;
pub use with_async_drop::with_async_drop;
#[cfg(feature = "tokio")]
#[doc(inline)]
pub use with_async_drop_macro::with_async_drop;

#[cfg(feature = "tokio")]
pub use cleanup_scope::CleanupScope;
#[cfg(feature = "tokio")]
pub use cleanup_task::CleanupTask;
#[cfg(feature = "tokio")]
pub use cleanup_tracker::{CleanupTracker, drain};
#[cfg(feature = "tokio")]
pub use drain_report::{DrainReport, FailedCleanup};
