use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::canonical::{exports, shown_items};
use super::library::Library;
use crate::chapter::{Chapter, Verdict};
use crate::error::{Error, Errors};

/// Checks that the chapter `helpers` names every public item and method that `module` exports, and that every item and
/// method that `chapters` name exists.
///
/// `module` is the `mod.rs` whose `pub use` lines export the items, relative to `root`. Only names of the form `Type::member`
/// and `async_drop_…!` are looked up; other code in prose could stand for anything.
///
/// # Errors
///
/// One for each item that `helpers` does not name, at its place in the code, and for each name in a chapter that does not exist.
pub fn check_names(
    chapters: &[Chapter],
    helpers: &str,
    library: &Library,
    root: &Path,
    module: &str,
) -> Result<(), Errors> {
    let exported = fs::read_to_string(root.join(module))
        .map_err(|error| Error::new(module, 1, format!("cannot be read: {error}")))
        .and_then(|source| {
            exports(&source).map_err(|error| Error::new(module, 1, format!("not Rust: {error}")))
        })?;
    let mut errors = Errors::default();
    if let Some(helpers) = chapters.iter().find(|chapter| chapter.file == helpers) {
        unnamed(helpers, library, &exported, &mut errors);
    }
    for chapter in chapters {
        unknown(chapter, library, &mut errors);
    }
    errors.or(())
}

/// Finds exported items that `helpers` does not name.
fn unnamed(helpers: &Chapter, library: &Library, exported: &[String], errors: &mut Errors) {
    let named = Named::in_chapter(helpers);
    for (path, known) in &library.items {
        let Some(known) = known.iter().find(|known| known.public) else {
            continue;
        };
        let name = bare(path);
        let (item, member) = match name.split_once("::") {
            Some((item, member)) => (item, Some(member)),
            None => (name.trim_end_matches('!'), None),
        };
        if exported.iter().any(|exported| exported == item) && !named.has(path, item, member) {
            errors.0.push(Error::new(
                &known.file,
                known.line,
                format!("{path} is public, and {} does not name it", helpers.file),
            ));
        }
    }
}

/// What a chapter names: items whose signature it shows, and words of code with the section that they stand in.
struct Named<'a> {
    shown: BTreeSet<String>,
    code: Vec<(&'a str, &'a str)>,
}

impl<'a> Named<'a> {
    fn in_chapter(chapter: &'a Chapter) -> Self {
        let signatures = chapter
            .blocks
            .iter()
            .filter(|block| block.verdict == Verdict::Signature);
        Self {
            shown: signatures
                .filter_map(|block| shown_items(&block.code).ok())
                .flatten()
                .map(|item| item.path)
                .collect(),
            code: chapter
                .code_spans
                .iter()
                .map(|span| (span.text.as_str(), chapter.section_of(span.line)))
                .collect(),
        }
    }

    fn has(&self, path: &str, item: &str, member: Option<&str>) -> bool {
        self.shown.contains(path)
            || self.code.iter().any(|(code, section)| match member {
                None => words(code).any(|word| word == item),
                Some(member) => {
                    let of_item = words(code).any(|word| word == item)
                        || words(section).any(|word| word == item);
                    of_item && words(code).any(|word| word == member)
                }
            })
    }
}

/// Finds names in a chapter's prose that nothing in the library has.
fn unknown(chapter: &Chapter, library: &Library, errors: &mut Errors) {
    for span in &chapter.code_spans {
        let mut wrong = Vec::new();
        for (item, member) in members(&span.text) {
            let exists = library.items.iter().any(|(path, known)| {
                let name = bare(path);
                let is_public = known.iter().any(|known| known.public);
                let is_shown = |word| {
                    known
                        .iter()
                        .any(|known| words(&known.words).any(|shown| shown == word))
                };
                (name == format!("{item}::{member}") && is_public)
                    || (name == item && is_public && is_shown(member))
                    || (name.starts_with(&format!("<{item} as "))
                        && name.ends_with(&format!(">::{member}")))
            });
            let is_ours = library.items.keys().any(|path| bare(path) == item);
            if is_ours && !exists {
                wrong.push(format!("`{item}::{member}`"));
            }
        }
        let macros = span
            .text
            .match_indices('!')
            .filter_map(|(at, _)| words(&span.text[..at]).last());
        for name in macros.filter(|name| name.contains("async_drop")) {
            if !library.items.contains_key(&format!("macro `{name}!`")) {
                wrong.push(format!("`{name}!`"));
            }
        }
        errors.0.extend(wrong.into_iter().map(|name| {
            let section = chapter.section_of(span.line);
            Error::new(
                &chapter.file,
                span.line,
                format!(
                    "section \"{section}\": there is no {name} in {}",
                    library.folders.join(", ")
                ),
            )
        }));
    }
}

/// The pairs around each `::`, where a type's name comes first.
fn members(code: &str) -> Vec<(&str, &str)> {
    code.match_indices("::")
        .filter_map(|(at, _)| {
            let item = words(&code[..at])
                .last()
                .filter(|_| code[..at].ends_with(is_word))?;
            let member = words(&code[at + 2..])
                .next()
                .filter(|_| code[at + 2..].starts_with(is_word))?;
            item.starts_with(|ch: char| ch.is_ascii_uppercase())
                .then_some((item, member))
        })
        .collect()
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|ch| !is_word(ch))
        .filter(|word| !word.is_empty())
}

fn is_word(ch: char) -> bool {
    ch.is_alphanumeric() || ch == '_'
}

/// The name in ``method `AsyncDropGuard::new` ``.
fn bare(path: &str) -> &str {
    path.split('`').nth(1).unwrap_or(path)
}
