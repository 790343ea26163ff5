//! What the guidance is held to beyond running its blocks: one file a kind of claim, which begins with the claim and how it is refuted.

mod called;
mod cases;
mod commands;
mod contexts;
mod description;
mod edition;
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
mod printed;
mod promises;
mod recipes;
mod shapes;
mod signatures;
mod surface;

use std::slice;

use async_drop_corpus::{Chapter, Errors};

pub use cases::{Case, Cases};
pub use commands::command_lines;
pub use entries::check_entries;
pub use outside::rust_outside_the_pages;
pub use printed::printed_entries;

use crate::guidance::Guidance;

/// Something that the guidance is held to beyond running its blocks.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// What is checked, in a word or two.
    pub name: &'static str,
    looks: Looks,
}

/// What a check looks at.
#[derive(Clone, Copy, Debug)]
enum Looks {
    /// All pages together.
    Whole(fn(&Guidance) -> Result<(), Errors>),
    /// Each of the pages that it is given, and no other: what it finds in one does not depend on the words of another.
    Each(fn(&Guidance, &[Chapter]) -> Result<(), Errors>),
}

impl Check {
    /// Finds what is false.
    ///
    /// # Errors
    ///
    /// One for each claim that is.
    pub fn run(&self, guidance: &Guidance) -> Result<(), Errors> {
        match self.looks {
            Looks::Whole(check) => check(guidance),
            Looks::Each(check) => check(guidance, &guidance.pages),
        }
    }

    /// Finds what is false since `page`, one of the guidance's, has changed; nothing was before.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn run_where_changed(&self, guidance: &Guidance, page: &Chapter) -> Result<(), Errors> {
        match self.looks {
            Looks::Whole(check) => check(guidance),
            Looks::Each(check) => check(guidance, slice::from_ref(page)),
        }
    }
}

/// Every check.
///
/// The test `checks` runs them on the guidance as it is, and `cargo mutate-text` on changed texts: what joins this list is run by both.
pub const CHECKS: &[Check] = &[
    whole("front matter", front_matter::check),
    whole("description", description::check),
    // Before what else looks at numbers: one command mends them all.
    whole("entries", entries::check),
    whole("links", links::check),
    whole("contexts", contexts::check),
    each("edition", edition::check),
    each("signatures", signatures::check),
    whole("surface", surface::check),
    whole("called", called::check),
    each("names", names::check),
    whole("foreign names", foreign_names::check),
    each("bounds and return types", shapes::check),
    each("features", features::check),
    whole("numbers", numbers::check),
    whole("promises", promises::check),
    whole("recipes", recipes::check),
    each("places", places::check),
    each("command lines", commands::check),
    each("printed entries", printed::check),
    whole("messages", messages::check),
    each("both sides", gotchas::check),
    whole("cases", cases::check),
    whole("quoted diagnostics", cases::check_quotes),
];

const fn whole(name: &'static str, check: fn(&Guidance) -> Result<(), Errors>) -> Check {
    Check {
        name,
        looks: Looks::Whole(check),
    }
}

const fn each(name: &'static str, check: fn(&Guidance, &[Chapter]) -> Result<(), Errors>) -> Check {
    Check {
        name,
        looks: Looks::Each(check),
    }
}
