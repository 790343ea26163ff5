use std::fs;
use std::path::Path;

use async_drop_corpus::{CONTEXTS, Error, Errors, page_paths};

/// A file that may speak of entries.
#[derive(Clone, Debug)]
pub struct Text {
    /// The file, relative to the repository's root, with forward slashes.
    pub file: String,
    /// What it holds.
    pub text: String,
    /// How links stand in it.
    pub kind: Kind,
}

/// How links stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is Markdown.
    Markdown,
    /// Each line is, behind what makes it a comment or a text; a chapter is known by its file's name.
    Lines,
}

/// Reads what may speak of entries: the pages, the contexts, and the lists that stand beside the contexts.
///
/// # Errors
///
/// As [`page_paths`], or if a file cannot be read.
pub fn read_texts(root: &Path) -> Result<Vec<Text>, Errors> {
    let pages = page_paths(root)?.into_iter();
    let mut files: Vec<(String, Kind)> = pages.map(|page| (page, Kind::Markdown)).collect();
    let beside = CONTEXTS.rsplit_once('/').map_or("", |(above, _)| above);
    for (folder, ending) in [(beside, ".toml"), (CONTEXTS, ".rs")] {
        files.extend(lines_in(root, folder, ending)?);
    }
    let read = |(file, kind): (String, Kind)| {
        let text = fs::read_to_string(root.join(&file))
            .map_err(|error| Error::new(&file, 1, format!("cannot be read: {error}")))?;
        Ok(Text { file, text, kind })
    };
    files.into_iter().map(read).collect()
}

/// The files of `folder` that end so; none if there is no such folder.
fn lines_in(root: &Path, folder: &str, ending: &str) -> Result<Vec<(String, Kind)>, Error> {
    if !root.join(folder).is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(root.join(folder))
        .map_err(|error| Error::new(folder, 1, format!("cannot be listed: {error}")))?;
    let mut files: Vec<(String, Kind)> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(ending))
        .map(|name| (format!("{folder}/{name}"), Kind::Lines))
        .collect();
    files.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(files)
}
