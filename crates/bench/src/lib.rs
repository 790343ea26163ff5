//! What a guard costs, beside the same work written by hand and beside other crates.
//!
//! `cargo bench-table` at the top of the repository measures everything and prints the Markdown that the README shows. It fails when a
//! number misses its target.
//!
//! All rows are measured in turn, several rounds over, and a ratio is taken within a round, so that a machine that is slow for a
//! while is slow for both of its sides.

pub mod many;
pub mod one_cleanup;
pub mod resource;
pub mod rounds;
pub mod sizes;
pub mod table;
pub mod targets;
