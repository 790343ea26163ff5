use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use async_drop_corpus::{CONTEXTS, Chapter, Error, Errors, NUMBERED, page_paths};

/// The folders of contexts and lists, and how the files in them end that may speak of entries.
const LINES: [(&str, &str); 3] = [
    (CONTEXTS, ".rs"),
    ("corpus/lists", ".toml"),
    ("crates/text-mutation", "survivors.toml"),
];

/// A file that may speak of entries.
#[derive(Clone, Debug)]
pub struct Text {
    /// The file, relative to the repository's root, with forward slashes.
    pub file: String,
    /// What it holds.
    pub text: String,
    /// What it is.
    pub kind: Kind,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is Markdown, and its headings of the second level are entries.
    Chapter,
    /// It is Markdown.
    Page,
    /// Each line is, behind what makes it a comment or a text; a chapter is known by its file's name.
    Lines,
    /// It is a program that a page shows a part of. Nothing is written into it.
    Program,
}

/// Reads what may speak of entries: the pages, the contexts, and the lists of what chapters say; and the programs that pages show parts of.
///
/// # Errors
///
/// As [`page_paths`], or if a file cannot be read. A program that is not there is left out.
pub fn read_texts(root: &Path) -> Result<Vec<Text>, Errors> {
    let kind = |page: &str| match NUMBERED.contains(&page) {
        true => Kind::Chapter,
        false => Kind::Page,
    };
    let pages = page_paths(root)?.into_iter();
    let mut files: Vec<(Kind, String)> = pages.map(|page| (kind(&page), page)).collect();
    for (folder, ending) in LINES {
        files.extend(lines_in(root, folder, ending)?);
    }
    let read = |(kind, file): (Kind, String)| -> Result<Text, Errors> {
        let text = fs::read_to_string(root.join(&file))
            .map_err(|error| Error::new(&file, 1, format!("cannot be read: {error}")))?;
        Ok(Text { file, text, kind })
    };
    let mut texts: Vec<Text> = files.into_iter().map(read).collect::<Result<_, Errors>>()?;
    for file in programs(&texts) {
        if root.join(&file).is_file() {
            texts.push(read((Kind::Program, file))?);
        }
    }
    Ok(texts)
}

/// The programs that the pages among `texts` show parts of.
fn programs(texts: &[Text]) -> BTreeSet<String> {
    let pages = texts
        .iter()
        .filter(|text| matches!(text.kind, Kind::Chapter | Kind::Page));
    let blocks = pages.flat_map(|page| Chapter::read(&page.file, &page.text).0.blocks);
    blocks
        .filter_map(|block| Some(block.excerpt?.file))
        .collect()
}

/// The files of `folder` that end so; none if there is no such folder.
fn lines_in(root: &Path, folder: &str, ending: &str) -> Result<Vec<(Kind, String)>, Error> {
    if !root.join(folder).is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(root.join(folder))
        .map_err(|error| Error::new(folder, 1, format!("cannot be listed: {error}")))?;
    let mut files: Vec<(Kind, String)> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(ending))
        .map(|name| (Kind::Lines, format!("{folder}/{name}")))
        .collect();
    files.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(files)
}
