use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use async_drop_corpus::{Chapter, Error, Errors};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::links::{is_external, normalize};

/// What stands for itself in the path of an address.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The repository around the book: where relative links of its files lead.
pub(crate) struct Repository {
    /// The folder on disk.
    pub(crate) root: PathBuf,
    /// The public address, without a slash at the end.
    pub(crate) url: String,
    /// The book's pages by the file that they show; both relative, to the repository's root and the book's.
    pub(crate) pages: BTreeMap<PathBuf, PathBuf>,
}

impl Repository {
    /// Makes the relative links of a chapter lead where they should from `page` of the book.
    ///
    /// Links to files that the book shows lead to their pages, links to other files to the repository's address.
    ///
    /// # Errors
    ///
    /// If a link leads to no file, or is not written in a way that can be replaced.
    pub(crate) fn redirect_links(&self, chapter: &Chapter, page: &Path) -> Result<String, Errors> {
        let mut errors = Errors::default();
        let mut redirected = String::new();
        let mut rest = chapter.text.as_str();
        let mut targets = Vec::new();
        for link in &chapter.links {
            let target = match self.redirect(&chapter.file, page, &link.target) {
                Ok(target) => target,
                Err(what) => {
                    errors.0.push(Error::new(&chapter.file, link.line, what));
                    continue;
                }
            };
            if target != link.target {
                let written = format!("]({}", link.target);
                let Some((before, after)) = rest.split_once(&written) else {
                    errors.0.push(not_inline(chapter, link.line, &link.target));
                    continue;
                };
                redirected.push_str(&format!("{before}]({target}"));
                rest = after;
            }
            targets.push(target);
        }
        redirected.push_str(rest);
        let redirected = errors.or(redirected)?;
        // Text that looks like a link without being one may have been taken for it: reading the result again shows it.
        let now = Chapter::parse(&chapter.file, &redirected)?;
        for ((link, now), target) in chapter.links.iter().zip(&now.links).zip(&targets) {
            if now.target != *target {
                return Err(not_inline(chapter, link.line, &link.target).into());
            }
        }
        Ok(redirected)
    }

    fn redirect(&self, file: &str, page: &Path, link: &str) -> Result<String, String> {
        let (path, anchor) = match link.split_once('#') {
            Some((path, anchor)) => (path, format!("#{anchor}")),
            None => (link, String::new()),
        };
        if path.is_empty() || is_external(link) {
            return Ok(link.to_owned());
        }
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        let Some(target) = normalize(&folder.join(&*decoded)) else {
            return Err(format!("`{link}` leads out of the repository"));
        };
        if let Some(target) = self.pages.get(&target) {
            return Ok(format!("{}{anchor}", between(page, target)));
        }
        if !self.root.join(&target).exists() {
            return Err(format!(
                "`{link}` leads to no file: there is no {}",
                target.display()
            ));
        }
        let address = self.address(&target.display().to_string());
        Ok(format!("{address}{anchor}"))
    }

    /// The public address of a file or folder that is there; `path` is relative to the repository's root.
    pub(crate) fn address(&self, path: &str) -> String {
        let kind = if self.root.join(path).is_dir() {
            "tree"
        } else {
            "blob"
        };
        let path = utf8_percent_encode(path, PATH);
        format!("{}/{kind}/HEAD/{path}", self.url)
    }
}

/// The relative link from one page of the book to another.
pub(crate) fn between(page: &Path, target: &Path) -> String {
    let to_the_top = "../".repeat(page.components().count() - 1);
    format!("{to_the_top}{}", target.display())
}

fn not_inline(chapter: &Chapter, line: usize, target: &str) -> Error {
    let what =
        format!("write this link inline, as `[words]({target})`, so that the book can redirect it");
    Error::new(&chapter.file, line, what)
}
