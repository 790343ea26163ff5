//! Values whose cleanup must be awaited, in guards that do not let it be forgotten.
#![forbid(unsafe_code)]

pub mod async_drop;
#[cfg(feature = "testing")]
pub mod testing;

pub use async_drop::*;
