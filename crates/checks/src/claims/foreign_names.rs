//! Every name in the file of foreign names is one that a chapter needs.
//!
//! Refuted by a line whose name no chapter has, or that the library or the blocks have brought in the meantime.

use std::collections::BTreeSet;

use async_drop_corpus::{Error, Errors};

use crate::guidance::Guidance;
use crate::text::look_up;

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    let pages = guidance.pages.iter();
    let used: BTreeSet<String> = pages
        .flat_map(|page| look_up(page, &guidance.code).1)
        .collect();
    let foreign = guidance.code.foreign();
    let stale = foreign
        .names
        .iter()
        .filter(|(name, _)| !used.contains(*name))
        .map(|(name, line)| {
            let what = format!("no chapter needs `{name}` from here any more");
            Error::new(&foreign.file, *line, what)
        });
    Errors(stale.collect()).or(())
}
