use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use async_drop_corpus::{Chapter, Errors};
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::config::HtmlConfig;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::links::normalize;
use crate::mark::mark;
use crate::overview::{LIST, Part, overview};
use crate::proof::Run;
use crate::repository::Repository;
use crate::run::{self, Seen};

/// Where the compiler's words are recorded, from the repository's root.
const RECORDED: &str = "crates/fixtures/tests/compile_fail";

/// The mdBook preprocessor that puts verdicts on the pages. It runs after mdBook's own `links`.
///
/// A page that is nothing but an include is taken for the included file: links in it start there, and its edit link
/// leads to it. The line `{{#verdicts}}` of a page becomes the list of all blocks.
///
/// By default Cargo builds and runs the blocks of the repository that the book is in.
pub struct Verdicts {
    run: Box<RunBlocks>,
}

/// Says what each block of the repository at this path was seen to do.
type RunBlocks = dyn Fn(&Path) -> Result<Vec<Seen>>;

impl Verdicts {
    /// Takes what was seen from `run`, which is given the repository's root.
    pub fn from(run: impl Fn(&Path) -> Result<Vec<Seen>> + 'static) -> Self {
        Self { run: Box::new(run) }
    }
}

impl Default for Verdicts {
    fn default() -> Self {
        Self::from(run::run)
    }
}

impl Preprocessor for Verdicts {
    fn name(&self) -> &str {
        "verdicts"
    }

    fn run(&self, ctx: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let root = ctx.root.parent().context("the book lies in no folder")?;
        let sources = sources(ctx, root, &book)?;
        let repository = repository(ctx, root, &book, &sources)?;
        // What is wrong in the text is said before the blocks are run, which takes a while.
        let pages = pages(&repository, &book, &sources)?;
        let mut run = Run::new((self.run)(root)?)?;
        let mut prepared = BTreeMap::new();
        let mut parts = Vec::new();
        let mut errors = Errors::default();
        for page in pages {
            match page.mark(&repository, &mut run) {
                Ok((text, part)) => {
                    prepared.insert(page.source, text);
                    parts.push(part);
                }
                Err(found) => errors.0.extend(found.0),
            }
        }
        match run.rest(root) {
            Ok(rest) => parts.extend(rest.into_iter().map(Part::of_file)),
            Err(found) => errors.0.extend(found.0),
        }
        errors.or(())?;
        book.for_each_chapter_mut(|page| {
            let (Some(path), Some(source)) = (&page.path, &page.source_path) else {
                return;
            };
            let (Some(text), Some(shown)) = (prepared.get(source), sources.get(source)) else {
                return;
            };
            page.content = text.replace(LIST, &overview(&parts, path, &repository));
            page.source_path = Some(shown.from_pages.clone());
        });
        eprintln!("Writing the pages");
        Ok(book)
    }
}

/// A page of the book, read.
struct Page {
    /// The page's own file, from the folder of the book's pages.
    source: PathBuf,
    path: PathBuf,
    name: String,
    chapter: Chapter,
    /// The chapter's text, its links redirected.
    text: String,
}

impl Page {
    fn mark(&self, repository: &Repository, run: &mut Run) -> Result<(String, Part), Errors> {
        let proofs = run.proofs(&self.chapter)?;
        let recorded = repository.root.join(RECORDED);
        let text = mark(&self.chapter, &self.text, &proofs, repository, &recorded)?;
        let part = Part {
            title: self.name.clone(),
            page: Some(self.path.clone()),
            proofs,
        };
        Ok((text, part))
    }
}

fn pages(
    repository: &Repository,
    book: &Book,
    sources: &BTreeMap<PathBuf, Shown>,
) -> Result<Vec<Page>, Errors> {
    let mut pages = Vec::new();
    let mut errors = Errors::default();
    for page in book.chapters() {
        let (Some(path), Some(source)) = (&page.path, &page.source_path) else {
            continue;
        };
        let Some(shown) = sources.get(source) else {
            continue;
        };
        let read = Chapter::parse(&shown.file.display().to_string(), &page.content);
        let read = read.and_then(|chapter| {
            let text = repository.redirect_links(&chapter, path)?;
            Ok((chapter, text))
        });
        match read {
            Ok((chapter, text)) => pages.push(Page {
                source: source.clone(),
                path: path.clone(),
                name: page.name.clone(),
                chapter,
                text,
            }),
            Err(found) => errors.0.extend(found.0),
        }
    }
    errors.or(pages)
}

/// The file that a page shows: the page's own, or the one that it includes.
struct Shown {
    /// From the repository's root.
    file: PathBuf,
    /// From the folder of the book's pages, where mdBook's edit links start.
    from_pages: PathBuf,
}

/// What each page shows, by the page's own file from the folder of the book's pages.
fn sources(
    ctx: &PreprocessorContext,
    root: &Path,
    book: &Book,
) -> Result<BTreeMap<PathBuf, Shown>> {
    let folder = ctx.root.join(&ctx.config.book.src);
    let mut sources = BTreeMap::new();
    for source in book.chapters().filter_map(|page| page.source_path.as_ref()) {
        let page = folder.join(source);
        let text =
            fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
        let from_pages = match only_include(&text) {
            Some(included) => source.with_file_name("").join(included),
            None => source.clone(),
        };
        let file = in_repository(root, &folder.join(&from_pages))?;
        sources.insert(source.clone(), Shown { file, from_pages });
    }
    Ok(sources)
}

/// The path in the include that is all of a page.
fn only_include(page: &str) -> Option<&str> {
    let include = page
        .trim()
        .strip_prefix("{{#include ")?
        .strip_suffix("}}")?;
    (!include.contains(['{', '\n'])).then(|| include.trim())
}

fn in_repository(root: &Path, file: &Path) -> Result<PathBuf> {
    let relative = file.strip_prefix(root).ok().and_then(normalize);
    relative.with_context(|| format!("{} lies outside of the repository", file.display()))
}

fn repository(
    ctx: &PreprocessorContext,
    root: &Path,
    book: &Book,
    sources: &BTreeMap<PathBuf, Shown>,
) -> Result<Repository> {
    let html: HtmlConfig = ctx.config.get("output.html")?.unwrap_or_default();
    let url = html
        .git_repository_url
        .context("book.toml has no `output.html.git-repository-url`, which links to the repository's files need")?;
    let folder = in_repository(root, &ctx.root.join(&ctx.config.book.src))?;
    let mut pages = BTreeMap::new();
    for page in book.chapters() {
        if let (Some(path), Some(source)) = (&page.path, &page.source_path) {
            pages.insert(folder.join(source), path.clone());
            pages.extend(
                sources
                    .get(source)
                    .map(|shown| (shown.file.clone(), path.clone())),
            );
        }
    }
    Ok(Repository {
        root: root.to_owned(),
        url: url.trim_end_matches('/').to_owned(),
        pages,
    })
}
