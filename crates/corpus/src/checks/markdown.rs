use std::path::Path;
use std::{fs, io};

use crate::chapter::Chapter;
use crate::error::{Error, Errors};
use crate::pages::page_paths;

/// The folder of chapters that are false on purpose.
const FALSE_CHAPTERS: &str = "tests/false_chapters";

/// Every Markdown file of the repository, relative to `root`, with forward slashes.
///
/// Folders that are not the project's own (`target`, hidden ones) and chapters that are false on purpose are left out.
///
/// # Errors
///
/// If a folder cannot be listed.
pub fn markdown_files(root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    walk(root, "", &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(root: &Path, folder: &str, found: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = format!("{folder}{name}");
        if entry.file_type()?.is_dir() {
            if name != "target"
                && name != "node_modules"
                && !name.starts_with('.')
                && path != FALSE_CHAPTERS
            {
                walk(root, &format!("{path}/"), found)?;
            }
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
    Ok(())
}

/// Complains about Rust blocks in Markdown files whose blocks nothing holds to a verdict.
///
/// # Errors
///
/// One for each such block; or if a file cannot be read.
pub fn rust_outside_the_pages(root: &Path) -> Result<(), Errors> {
    let pages = page_paths(root)?;
    let files = markdown_files(root).map_err(|error| Error::new(".", 1, error.to_string()))?;
    let mut errors = Errors::default();
    for file in files.iter().filter(|file| !pages.contains(file)) {
        let text = fs::read_to_string(root.join(file))
            .map_err(|error| Error::new(file, 1, error.to_string()))?;
        let (chapter, _) = Chapter::read(file, &text);
        errors.0.extend(chapter.rust_fences.iter().map(|line| {
            Error::new(
                file,
                *line,
                "a Rust block outside the pages whose blocks are run: move it to one of them",
            )
        }));
    }
    errors.or(())
}
