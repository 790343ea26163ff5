use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use anyhow::Context;
use percent_encoding::percent_decode_str;

use crate::html::Page;

/// A link of a built page that leads nowhere.
#[derive(Debug, PartialEq, Eq)]
pub struct DeadLink {
    /// The page that holds the link, relative to the book's folder.
    pub page: PathBuf,
    /// The link as it stands in the page.
    pub link: String,
    missing: Missing,
}

#[derive(Debug, PartialEq, Eq)]
enum Missing {
    File(PathBuf),
    Anchor { page: PathBuf, anchor: String },
    Outside,
}

impl Display for DeadLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: dead link `{}`: ", self.page.display(), self.link)?;
        match &self.missing {
            Missing::File(file) => write!(f, "the book has no file {}", file.display()),
            Missing::Anchor { page, anchor } => {
                write!(
                    f,
                    "{} has no element with the id `{anchor}`",
                    page.display()
                )
            }
            Missing::Outside => f.write_str("it leaves the book's folder"),
        }
    }
}

/// Finds every link, image, script and style sheet in the built book under `book` that is not there.
///
/// Links to other hosts are not followed.
///
/// # Errors
///
/// If the folder or a page in it cannot be read.
pub fn dead_links(book: &Path) -> anyhow::Result<Vec<DeadLink>> {
    let pages = pages(book)?;
    let mut dead = Vec::new();
    for (path, page) in &pages {
        let base = page.tags.iter().find(|tag| tag.name == "base");
        let base = base.and_then(|tag| tag.attribute("href"));
        let links = page.tags.iter().filter(|tag| tag.name != "base");
        for link in links.flat_map(|tag| [tag.attribute("href"), tag.attribute("src")]) {
            let Some(link) = link.filter(|link| !is_external(link)) else {
                continue;
            };
            if let Err(missing) = resolve(book, &pages, path, base, link) {
                dead.push(DeadLink {
                    page: path.clone(),
                    link: link.to_owned(),
                    missing,
                });
            }
        }
    }
    Ok(dead)
}

/// Reads every page of the built book under `book`, by its path from there.
///
/// # Errors
///
/// If the folder or a page in it cannot be read.
pub fn pages(book: &Path) -> anyhow::Result<BTreeMap<PathBuf, Page>> {
    let mut pages = BTreeMap::new();
    read_pages(book, Path::new(""), &mut pages)
        .with_context(|| format!("cannot read the built book in {}", book.display()))?;
    Ok(pages)
}

fn read_pages(book: &Path, folder: &Path, pages: &mut BTreeMap<PathBuf, Page>) -> io::Result<()> {
    for entry in fs::read_dir(book.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            read_pages(book, &path, pages)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            let html = fs::read_to_string(entry.path())?;
            pages.insert(path, Page::parse(&html));
        }
    }
    Ok(())
}

/// Says whether a link has a scheme or names a host.
pub(crate) fn is_external(link: &str) -> bool {
    let scheme = link.split(['/', '?', '#']).next().unwrap_or_default();
    link.starts_with("//") || scheme.contains(':')
}

fn resolve(
    book: &Path,
    pages: &BTreeMap<PathBuf, Page>,
    page: &Path,
    base: Option<&str>,
    link: &str,
) -> Result<(), Missing> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = path.split('?').next().unwrap_or_default();
    let [path, anchor] = [path, anchor].map(|part| percent_decode_str(part).decode_utf8_lossy());
    let target = if path.is_empty() {
        page.to_owned()
    } else if base.is_some() {
        // The only page with a base is the one for unknown addresses, and its base is the book's own folder.
        normalize(Path::new(&*path)).ok_or(Missing::Outside)?
    } else {
        let folder = page.parent().unwrap_or(Path::new(""));
        normalize(&folder.join(&*path)).ok_or(Missing::Outside)?
    };
    match pages.get(&target) {
        Some(page) if page.has_anchor(&anchor) => Ok(()),
        Some(_) => Err(Missing::Anchor {
            page: target,
            anchor: anchor.into_owned(),
        }),
        None if book.join(&target).is_file() => Ok(()),
        None => Err(Missing::File(target)),
    }
}

/// Resolves `.` and `..` in a relative path; `None` when it leads out of the folder that it starts from.
pub(crate) fn normalize(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => normal.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(normal)
}
