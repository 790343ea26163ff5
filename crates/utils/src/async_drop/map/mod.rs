//! Guards by key: the map, what it lends and hands out, and the places of its keys.

mod container;
mod drain;
mod entry;
mod try_insert_error;
mod views;

pub use container::AsyncDropHashMap;
pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use try_insert_error::TryInsertError;
