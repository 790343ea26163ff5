//! Builds the chapters as a book.
//!
//! The book is an mdBook whose pages include the chapters. What mdBook does not know is added by the preprocessor
//! [`Verdicts`]: front matter goes, each Rust block says on the page what it is held to and what the run of the blocks has seen it do,
//! a page lists all of them, and links into the repository lead to its public address. `cargo book` runs it in process; the stock `mdbook build book` runs it as a command.

mod build;
mod caption;
/// Reads built pages, for checks.
pub mod html;
mod links;
mod mark;
mod overview;
mod preprocess;
mod proof;
mod repository;
mod run;

pub use build::{build, build_into};
pub use caption::label;
pub use links::{DeadLink, dead_links, pages};
pub use preprocess::Verdicts;
pub use run::{Seen, run};
