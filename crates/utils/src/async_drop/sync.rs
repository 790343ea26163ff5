//! What the concurrent parts are built on; their models (`crates/models`) put loom's types in its place.

#[cfg(feature = "tokio")]
pub(crate) use std::sync::Weak;
#[cfg(feature = "tokio")]
pub(crate) use std::sync::atomic::{AtomicUsize, Ordering};
pub(crate) use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
