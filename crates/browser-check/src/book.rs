use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use url::Url;

use crate::browser::Browser;

/// The pages that the book is made for.
const CHAPTERS: [&str; 4] = [
    "SKILL.html",
    "patterns.html",
    "gotchas.html",
    "helpers.html",
];

/// The page that lists the blocks.
pub(crate) const VERDICTS: &str = "verdicts.html";

/// The built book.
pub(crate) struct Book {
    root: Url,
    /// The paths of its pages, from the book's folder.
    pub(crate) pages: Vec<String>,
}

impl Book {
    pub(crate) fn find(folder: &Path) -> Result<Self> {
        let missing = || format!("cannot read the built book in {}", folder.display());
        let mut pages = Vec::new();
        find_pages(folder, "", &mut pages).with_context(missing)?;
        pages.sort();
        if let Some(chapter) = CHAPTERS
            .iter()
            .chain([&VERDICTS])
            .find(|chapter| !pages.iter().any(|page| page == *chapter))
        {
            bail!("the book in {} has no page {chapter}", folder.display());
        }
        let folder = folder.canonicalize().with_context(missing)?;
        match Url::from_directory_path(&folder) {
            Ok(root) => Ok(Self { root, pages }),
            Err(()) => bail!("{} is no absolute path", folder.display()),
        }
    }

    pub(crate) async fn open(&self, browser: &Browser, page: &str) -> Result<()> {
        browser.open(&self.root.join(page)?).await
    }
}

/// Finds the pages in a folder and those below it; `name` is the folder's own, with a slash at the end.
fn find_pages(folder: &Path, name: &str, pages: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{name}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            find_pages(&entry.path(), &format!("{name}/"), pages)?;
        } else if name.ends_with(".html") && !["404.html", "toc.html"].contains(&name.as_str()) {
            // The page for unknown addresses needs a server; the other is a frame for browsers without scripts.
            pages.push(name);
        }
    }
    Ok(())
}
