//! The map of guards, and the places of its keys.

pub use super::map::{AsyncDropHashMap, Entry, OccupiedEntry, TryInsertError, VacantEntry};
