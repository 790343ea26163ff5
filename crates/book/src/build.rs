use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mdbook_driver::MDBook;

use crate::links::dead_links;
use crate::preprocess::Verdicts;

/// Builds the book whose `book.toml` is in `book`, and returns the folder that it was written to.
///
/// # Errors
///
/// If a page cannot be read, breaks the chapters' contract or links to something that is not there, or if a block does not do as its
/// chapter says.
pub fn build(book: &Path) -> Result<PathBuf> {
    build_loaded(load(book)?, Verdicts::default())
}

/// Builds the book like [`build`], into the folder `destination` instead of the one in `book.toml`, and with these verdicts.
///
/// What else is in that folder is removed.
///
/// # Errors
///
/// As [`build`].
pub fn build_into(book: &Path, destination: &Path, verdicts: Verdicts) -> Result<PathBuf> {
    let mut book = load(book)?;
    book.config.build.build_dir = destination.to_owned();
    build_loaded(book, verdicts)
}

fn load(book: &Path) -> Result<MDBook> {
    let at = || format!("cannot load the book in {}", book.display());
    MDBook::load(book.canonicalize().with_context(at)?).with_context(at)
}

fn build_loaded(mut book: MDBook, verdicts: Verdicts) -> Result<PathBuf> {
    // Takes the place of the command of the same name in book.toml, so that the result is the same.
    book.with_preprocessor(verdicts);
    book.build()?;
    let built = book.build_dir_for("html");
    eprintln!("Checking where the links of the pages lead");
    let dead = dead_links(&built)?;
    if !dead.is_empty() {
        let dead: Vec<String> = dead.iter().map(ToString::to_string).collect();
        bail!("{}", dead.join("\n"));
    }
    Ok(built.canonicalize()?)
}
