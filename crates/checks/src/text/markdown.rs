use std::path::Path;
use std::{fs, io};

use async_drop_corpus::{Chapter, Error, Errors};

/// The folder of chapters that are false on purpose.
const FALSE_CHAPTERS: &str = "corpus/false_chapters";

/// Every Markdown file of the repository, relative to `root`, with forward slashes.
///
/// Folders that are not the project's own (`target`, hidden ones) and chapters that are false on purpose are left out.
///
/// # Errors
///
/// If a folder cannot be listed.
fn markdown_files(root: &Path) -> io::Result<Vec<String>> {
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

/// Reads every Markdown file of the repository that is not among `pages`, whether or not it keeps to their contract.
pub(crate) fn markdown_beside_the_pages(
    root: &Path,
    pages: &[Chapter],
) -> Result<Vec<Chapter>, Errors> {
    let files = markdown_files(root).map_err(|error| Error::new(".", 1, error.to_string()))?;
    files
        .iter()
        .filter(|file| pages.iter().all(|page| page.file != **file))
        .map(|file| {
            let text = fs::read_to_string(root.join(file))
                .map_err(|error| Error::new(file, 1, format!("cannot be read: {error}")))?;
            Ok(Chapter::read(file, &text).0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::TempDir::new().unwrap();
        for chapter in async_drop_corpus::CHAPTERS {
            fs::write(root.path().join(chapter), "# A\n").unwrap();
        }
        for (file, text) in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn files_that_are_not_the_projects_own_or_false_on_purpose_are_left_out() {
        let root = repository(&[
            ("target/doc/a.md", ""),
            (".git/a.md", ""),
            ("corpus/false_chapters/a.md", ""),
            ("crates/utils/README.md", ""),
        ]);
        assert_eq!(
            markdown_files(root.path()).unwrap(),
            [
                "SKILL.md",
                "crates/utils/README.md",
                "gotchas.md",
                "helpers.md",
                "patterns.md"
            ]
        );
    }
}
