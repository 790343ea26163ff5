//! The numbers of entries, the contents and the links to numbers are what `cargo tidy` writes.
//!
//! Refuted by each file that it would change, and by a link in a source that leads to no
//! entry; of one in a page, the check of links tells.

use std::collections::BTreeSet;

use async_drop_corpus::{Error, Errors};
use async_drop_tidy::{Text, Tidied, no_entry, read_texts, tidy};

use crate::guidance::Guidance;

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    let mut texts = read_texts(&guidance.root)?;
    for text in &mut texts {
        if let Some(page) = guidance.pages.iter().find(|page| page.file == text.file) {
            text.text.clone_from(&page.text);
        }
    }
    let mut errors = match check_entries(&texts) {
        Ok(()) => return Ok(()),
        Err(errors) => errors,
    };
    // What leads nowhere is said once, by the check of links.
    let pages = guidance.pages.iter().chain(guidance.others.iter());
    let links: BTreeSet<(&str, String)> = pages
        .flat_map(|page| {
            let links = page.links.iter();
            links.map(|link| (page.file.as_str(), no_entry(&link.target)))
        })
        .collect();
    errors.0.retain(|error| {
        !links
            .iter()
            .any(|(file, start)| error.file == *file && error.what.starts_with(start))
    });
    errors.or(())
}

/// Checks that `cargo tidy` would change nothing.
///
/// # Errors
///
/// As [`tidy`]; else one for each file that it would change, with the first line that it would write otherwise.
pub fn check_entries(texts: &[Text]) -> Result<(), Errors> {
    let tidied = tidy(texts)?;
    Errors(tidied.iter().filter_map(error).collect()).or(())
}

fn error(tidied: &Tidied) -> Option<Error> {
    let changes = tidied.changes();
    let (first, more) = changes.split_first()?;
    let mut what = format!("`cargo tidy` mends this:\n{first}");
    if !more.is_empty() {
        what.push_str(&format!("\nand {} more in this file", more.len()));
    }
    Some(Error::new(&tidied.file, first.line, what))
}
