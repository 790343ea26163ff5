use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::chapter::Chapter;
use crate::error::{Error, Errors};

/// The four chapters: the skill, and the book's source.
pub const CHAPTERS: [&str; 4] = ["SKILL.md", "patterns.md", "gotchas.md", "helpers.md"];

/// The folder of the chapters that are about one resource each, where it exists.
pub const RECIPES: &str = "recipes";

/// The pages beside them whose Rust blocks are held to their verdicts too, where they exist.
const PAGES: [&str; 3] = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"];

/// The folder of the book's own pages.
const BOOK: &str = "book/src";

/// The files whose blocks are held to their verdicts, relative to `root`, with forward slashes.
///
/// # Errors
///
/// If one of the four chapters is missing, or the folder of the recipes or the book cannot be listed.
pub fn page_paths(root: &Path) -> Result<Vec<String>, Errors> {
    let mut errors = Errors::default();
    for chapter in CHAPTERS {
        if !root.join(chapter).is_file() {
            errors
                .0
                .push(Error::new(chapter, 1, "this chapter is missing"));
        }
    }
    let mut paths: Vec<String> = CHAPTERS.map(str::to_owned).to_vec();
    paths.extend(listed(root, RECIPES, &mut errors));
    paths.extend(
        PAGES
            .into_iter()
            .filter(|page| root.join(page).is_file())
            .map(str::to_owned),
    );
    paths.extend(listed(root, BOOK, &mut errors));
    errors.or(paths)
}

/// Whether `file` is a chapter: one of the four, or about one resource.
pub fn is_chapter(file: &str) -> bool {
    CHAPTERS.contains(&file) || recipe(file).is_some()
}

/// The name of the recipe that `file` is, if it is one: the last part of its path, without the ending.
pub fn recipe(file: &str) -> Option<&str> {
    file.strip_prefix(RECIPES)?
        .strip_prefix('/')?
        .strip_suffix(".md")
}

/// Whether `file` is one of the pages beside the chapters.
pub fn is_beside(file: &str) -> bool {
    PAGES.contains(&file) || file.starts_with(BOOK)
}

/// The path that the link `target` in `file` names, relative to the root; none if it leads out of it.
pub fn resolve(file: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The files and folders behind [`page_paths`] that exist.
pub(crate) fn inputs(root: &Path) -> Vec<PathBuf> {
    CHAPTERS
        .into_iter()
        .chain(PAGES)
        .chain([RECIPES, BOOK])
        .map(|input| root.join(input))
        .filter(|input| input.exists())
        .collect()
}

/// Reads the files of [`page_paths`].
///
/// # Errors
///
/// As [`page_paths`] and [`Chapter::parse`], all pages together; or if a file cannot be read.
pub fn read_pages(root: &Path) -> Result<Vec<Chapter>, Errors> {
    let mut chapters = Vec::new();
    let mut errors = Errors::default();
    for file in page_paths(root)? {
        match Chapter::at(root, &file) {
            Ok(chapter) => chapters.push(chapter),
            Err(found) => errors.0.extend(found.0),
        }
    }
    errors.or(chapters)
}

/// The Markdown files below `folder`, sorted.
fn listed(root: &Path, folder: &str, errors: &mut Errors) -> Vec<String> {
    let mut found = Vec::new();
    if let Err(error) = markdown_under(&root.join(folder), folder, &mut found) {
        let what = format!("cannot be listed: {error}");
        errors.0.push(Error::new(folder, 1, what));
    }
    found.sort();
    found
}

fn markdown_under(folder: &Path, name: &str, found: &mut Vec<String>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path: PathBuf = entry?.path();
        let Some(file) = path.file_name().and_then(|file| file.to_str()) else {
            continue;
        };
        let name = format!("{name}/{file}");
        if path.is_dir() {
            markdown_under(&path, &name, found)?;
        } else if file.ends_with(".md") {
            found.push(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_from_the_file_that_links() {
        assert_eq!(
            resolve("book/src/intro.md", "../../gotchas.md").as_deref(),
            Some("gotchas.md")
        );
        assert_eq!(
            resolve("README.md", "./crates/utils/").as_deref(),
            Some("crates/utils")
        );
        assert_eq!(resolve("README.md", "../elsewhere"), None);
    }
}
