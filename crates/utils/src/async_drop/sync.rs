//! What the concurrent parts are built on; their models (`crates/models`) put loom's types in its place.

pub(crate) use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
