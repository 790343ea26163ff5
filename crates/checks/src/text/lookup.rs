//! Looks up the names of a whole chapter.

use std::collections::{BTreeMap, BTreeSet};

use async_drop_corpus::{Chapter, Error, Errors, is_beside};

use super::prose::{Piece, Unit};
use super::resolve::Resolver;
use super::section::{Section, section_at};
use super::span::{Kind, kind};
use crate::code::Code;

/// What the names of a chapter stand for.
#[derive(Debug, Default)]
pub(crate) struct LookedUp {
    /// What is wrong with them.
    pub(crate) errors: Errors,
    /// The foreign ones that it needs.
    pub(crate) foreign: BTreeSet<String>,
}

/// Looks up the names of `chapter`.
pub(super) fn look_up(
    chapter: &Chapter,
    units: &[Unit],
    sections: &BTreeMap<usize, Section>,
    code: &Code,
) -> LookedUp {
    let only_ours = is_beside(&chapter.file);
    let mut found = LookedUp::default();
    for unit in units {
        let section = section_at(sections, unit.line);
        let mut resolver = Resolver::new(code, section, unit, only_ours);
        for (before, piece) in with_words_before(unit) {
            let wrong = match kind(&piece.text) {
                Kind::Rust if is_denied(before, &piece.text) => {
                    resolver.denied(&piece.text).into_iter().collect()
                }
                Kind::Rust => resolver.code(&piece.text),
                Kind::Setting => resolver.setting(&piece.text).into_iter().collect(),
                _ => Vec::new(),
            };
            found.errors.0.extend(wrong.into_iter().map(|what| {
                let what = format!("section \"{}\": `{}`: {what}", section.title, piece.text);
                Error::new(&chapter.file, piece.line, what)
            }));
        }
        found.foreign.append(&mut resolver.used);
    }
    found
}

/// The code of a unit, each with the words before it.
fn with_words_before(unit: &Unit) -> impl Iterator<Item = (&str, &Piece)> {
    unit.cells.iter().flat_map(|cell| {
        cell.iter().enumerate().filter_map(|(at, piece)| {
            let before = at
                .checked_sub(1)
                .map_or("", |before| cell[before].text.as_str());
            piece.is_code.then_some((before, piece))
        })
    })
}

/// Whether the words before say that there is no such thing: "there is no `extend`".
fn is_denied(before: &str, code: &str) -> bool {
    let is_name = code.chars().all(|ch| ch.is_alphanumeric() || ch == '_');
    let no = before
        .trim_end()
        .rsplit(|ch: char| !ch.is_alphabetic())
        .next();
    is_name && no.is_some_and(|word| word.eq_ignore_ascii_case("no"))
}
