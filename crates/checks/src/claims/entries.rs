//! The numbers of entries, the contents and the links to numbers are what `cargo tidy` writes.
//!
//! Refuted by each file that it would change, and by a link that leads to no entry.

use async_drop_corpus::{Error, Errors};
use async_drop_tidy::{Text, Tidied, read_texts, tidy};

use crate::guidance::Guidance;

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    let mut texts = read_texts(&guidance.root)?;
    for text in &mut texts {
        if let Some(page) = guidance.pages.iter().find(|page| page.file == text.file) {
            text.text.clone_from(&page.text);
        }
    }
    check_entries(&texts)
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
