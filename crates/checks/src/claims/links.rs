//! Every relative link and anchor resolves, in the pages and in every other Markdown file.
//!
//! Refuted by a link to a file that does not exist or lies outside of the repository, by an anchor that no heading has, by one into a
//! file that is not Markdown, since nothing could check it, and by a link to a numbered entry whose words have neither its number nor a
//! word of its title, or begin the title of another.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use async_drop_corpus::{Chapter, Error, Errors, Link, anchor_without_number, resolve, slug};

use crate::guidance::Guidance;

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    check_pages(&guidance.root, &guidance.pages)?;
    check_pages(&guidance.root, &guidance.others)
}

/// Checks the links of `chapters`; files that are not among them are read below `root`.
fn check_pages(root: &Path, chapters: &[Chapter]) -> Result<(), Errors> {
    let mut checker = Checker {
        root,
        chapters,
        anchors: BTreeMap::new(),
    };
    let mut errors = Errors::default();
    for chapter in chapters {
        for link in &chapter.links {
            let wrong = checker.link(&chapter.file, link).err();
            let what = wrong.or_else(|| misnamed(link));
            errors
                .0
                .extend(what.map(|what| Error::new(&chapter.file, link.line, what)));
        }
    }
    errors.or(())
}

struct Checker<'a> {
    root: &'a Path,
    chapters: &'a [Chapter],
    /// The anchors of the Markdown files that a link with an anchor points to.
    anchors: BTreeMap<String, BTreeSet<String>>,
}

impl Checker<'_> {
    fn link(&mut self, file: &str, link: &Link) -> Result<(), String> {
        let target = link.target.as_str();
        if has_scheme(target) {
            return Ok(());
        }
        let (path, anchor) = match target.split_once('#') {
            Some((path, anchor)) => (path, Some(anchor)),
            None => (target, None),
        };
        let path = if path.is_empty() {
            file.to_owned()
        } else {
            resolve(file, &path.replace("%20", " "))
                .ok_or_else(|| format!("dead link `{target}`: it leads out of the repository"))?
        };
        if !self.root.join(&path).exists() {
            return Err(format!("dead link `{target}`: there is no {path}"));
        }
        let Some(anchor) = anchor else {
            return Ok(());
        };
        if !path.ends_with(".md") {
            return Err(format!(
                "the anchor of `{target}` cannot be checked, since {path} is not Markdown: leave it out"
            ));
        }
        let (root, chapters) = (self.root, self.chapters);
        let anchors = self
            .anchors
            .entry(path.clone())
            .or_insert_with(|| anchors(root, chapters, &path));
        if anchors.contains(anchor) {
            let is_named = |entry: &&String| is_titled(&link.words, entry);
            let other = anchors.iter().find(is_named);
            let other = other.filter(|_| !is_titled(&link.words, anchor));
            return other.map_or(Ok(()), |other| {
                let words = &link.words;
                Err(format!(
                    "the words \"{words}\" begin the title of `#{other}`, and lead to `{target}`"
                ))
            });
        }
        let near: Vec<&str> = anchors
            .iter()
            .filter(|known| {
                known
                    .split('-')
                    .any(|word| word.len() > 3 && anchor.contains(word))
            })
            .map(String::as_str)
            .collect();
        Err(match near.as_slice() {
            [] => format!("dead anchor `{target}`: no heading of {path} has it"),
            near => format!(
                "dead anchor `{target}`: no heading of {path} has it; the nearest are {}",
                near.join(", ")
            ),
        })
    }
}

/// Whether the title of the numbered entry with this anchor begins with `words`.
fn is_titled(words: &str, anchor: &str) -> bool {
    let (title, words) = (anchor_without_number(anchor), slug(words));
    let rest = title.strip_prefix(&words).filter(|_| title != anchor);
    !words.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// What stands in titles for what kind of thing an entry is of, and says nothing of which.
const KINDS: [&str; 2] = ["function", "macro"];

/// What is wrong with the words of a link to a numbered entry: they have its number, or the start of a word of its title.
fn misnamed(link: &Link) -> Option<String> {
    let (_, anchor) = link.target.split_once('#')?;
    let (number, title) = anchor.split_once('-')?;
    let is_numbered = number.bytes().all(|byte| byte.is_ascii_digit());
    let is_of = |word: &str| {
        let start: String = word.to_lowercase().chars().take(5).collect();
        let names = title.split(['-', '_']);
        let mut names = names.filter(|name| !KINDS.contains(name));
        word == number || start.len() > 2 && names.any(|name| name.starts_with(&start))
    };
    let mut words = link.words.split(|ch: char| !ch.is_alphanumeric());
    let is_named = link.words.is_empty() || words.any(is_of);
    (is_numbered && !number.is_empty() && !is_named).then(|| {
        format!(
            "the words \"{}\" have neither the number nor a word of the title of `{}`",
            link.words, link.target
        )
    })
}

/// Whether the link leaves the repository on purpose: `https:`, `mailto:`, `//host`.
fn has_scheme(target: &str) -> bool {
    let scheme = target
        .split([':', '/', '#', '?'])
        .next()
        .unwrap_or_default();
    target.starts_with("//")
        || (target[scheme.len()..].starts_with(':')
            && scheme.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// The anchors of a Markdown file, those of the files that it includes among them.
fn anchors(root: &Path, chapters: &[Chapter], file: &str) -> BTreeSet<String> {
    let text = with_includes(root, chapters, file, 0);
    let chapter = Chapter::read(file, &text).0;
    chapter
        .headings
        .into_iter()
        .map(|heading| heading.slug)
        .chain(chapter.anchors)
        .collect()
}

/// The text of `file` with mdBook's `{{#include …}}` carried out, front matter left out.
fn with_includes(root: &Path, chapters: &[Chapter], file: &str, depth: usize) -> String {
    let text = match chapters.iter().find(|chapter| chapter.file == file) {
        Some(chapter) => chapter.text.clone(),
        None => fs::read_to_string(root.join(file)).unwrap_or_default(),
    };
    if depth > 4 {
        return text;
    }
    let body = Chapter::read(file, &text).0.body();
    let mut whole = String::new();
    for line in body.lines() {
        let included = line
            .trim()
            .strip_prefix("{{#include ")
            .and_then(|rest| rest.strip_suffix("}}"))
            .and_then(|rest| resolve(file, rest.trim().split(':').next()?));
        match included {
            Some(included) => whole.push_str(&with_includes(root, chapters, &included, depth + 1)),
            None => whole.push_str(line),
        }
        whole.push('\n');
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_schemes_leave_the_repository() {
        assert!(has_scheme("https://docs.rs/tokio"));
        assert!(has_scheme("mailto:someone"));
        assert!(!has_scheme("gotchas.md#a:b"));
        assert!(!has_scheme("#anchor"));
    }
}
