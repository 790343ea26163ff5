//! Cleanup in a place that cannot await: on whatever thread this is, in or outside a runtime.

#[cfg(feature = "tokio")]
mod on_tokio;
mod poll_here;
mod sync_drop;
#[cfg(not(feature = "tokio"))]
mod without_runtime;

pub use sync_drop::SyncDrop;
