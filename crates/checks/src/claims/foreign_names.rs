//! Every name in the file of foreign names is one that a chapter needs.
//!
//! Refuted by a line whose name no chapter has, or that the library or the blocks have brought in the meantime.

use std::collections::BTreeSet;

use async_drop_corpus::{Error, Errors};

use crate::guidance::Guidance;

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    let mut used = BTreeSet::new();
    for page in &guidance.pages {
        let said = guidance.said(page);
        used.extend(said.names(&guidance.code).foreign.iter().cloned());
    }
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
