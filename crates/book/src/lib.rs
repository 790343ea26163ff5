//! Builds the chapters as a book.
//!
//! The book is an mdBook whose pages include the chapters. What mdBook does not know is added by the preprocessor
//! [`Verdicts`]: front matter goes, each Rust block says on the page what it is held to, and links into the repository
//! lead to its public address. `cargo book` runs it in process; the stock `mdbook build book` runs it as a command.

mod build;
/// Reads built pages, for checks.
pub mod html;
mod links;
mod mark;
mod preprocess;
mod repository;

pub use build::{build, build_into};
pub use links::{DeadLink, dead_links};
pub use mark::label;
pub use preprocess::Verdicts;
