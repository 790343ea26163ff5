//! Values whose cleanup must be awaited, in guards that do not let it be forgotten.
#![forbid(unsafe_code)]

pub mod async_drop;

pub use async_drop::*;
