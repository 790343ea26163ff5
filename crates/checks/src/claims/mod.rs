//! What the guidance is held to beyond running its blocks: one file a kind of claim, which begins with the claim and how it is refuted.

mod called;
mod cases;
mod commands;
mod contexts;
mod description;
mod entries;
mod features;
mod foreign_names;
mod front_matter;
mod gotchas;
mod links;
mod messages;
mod names;
mod numbers;
mod outside;
mod places;
mod shapes;
mod signatures;
mod surface;

use async_drop_corpus::Errors;

pub use cases::{Case, Cases};
pub use commands::command_lines;
pub use entries::check_entries;
pub use outside::rust_outside_the_pages;

use crate::guidance::Guidance;

/// Something that the guidance is held to beyond running its blocks.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// What is checked, in a word or two.
    pub name: &'static str,
    /// Finds what is false.
    pub run: fn(&Guidance) -> Result<(), Errors>,
}

/// Every check.
///
/// The test `checks` runs them on the guidance as it is, and `cargo mutate-text` on changed texts: what joins this list is run by both.
pub const CHECKS: &[Check] = &[
    check("front matter", front_matter::check),
    check("description", description::check),
    // Before what else looks at numbers: one command mends them all.
    check("entries", entries::check),
    check("links", links::check),
    check("contexts", contexts::check),
    check("signatures", signatures::check),
    check("surface", surface::check),
    check("called", called::check),
    check("names", names::check),
    check("foreign names", foreign_names::check),
    check("bounds and return types", shapes::check),
    check("features", features::check),
    check("numbers", numbers::check),
    check("places", places::check),
    check("command lines", commands::check),
    check("messages", messages::check),
    check("both sides", gotchas::check),
    check("cases", cases::check),
    check("quoted diagnostics", cases::check_quotes),
];

const fn check(name: &'static str, run: fn(&Guidance) -> Result<(), Errors>) -> Check {
    Check { name, run }
}
