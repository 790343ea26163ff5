//! What a section speaks of: its subjects, and the names that its blocks bring.

use std::collections::{BTreeMap, BTreeSet};

use async_drop_corpus::{Block, Chapter, Heading, Verdict};

use super::prose::Unit;
use crate::code::canonical::shown_items;
use crate::code::surface::Surface;
use crate::code::tokens::identifiers;

/// A heading and what stands under it.
#[derive(Debug, Default)]
pub(crate) struct Section {
    pub(crate) title: String,
    /// The library's items that the section is about: those in its title, and those whose signature it shows.
    pub(crate) subjects: BTreeSet<String>,
    /// The types that its words and blocks name.
    pub(crate) types: BTreeSet<String>,
    /// The names in its blocks and in their contexts.
    pub(crate) names: BTreeSet<String>,
}

/// The sections of `chapter`, by the line of their heading; what stands before the first is under line 0.
pub(crate) fn sections(
    chapter: &Chapter,
    units: &[Unit],
    surface: &Surface,
) -> BTreeMap<usize, Section> {
    let mut sections = BTreeMap::from([(0, Section::default())]);
    for heading in &chapter.headings {
        sections.insert(heading.line, titled(heading, surface));
    }
    for block in &chapter.blocks {
        if let Some(section) = at(&mut sections, block.line) {
            section.block(block, surface);
        }
    }
    for unit in units {
        if let Some(section) = at(&mut sections, unit.line) {
            for piece in unit.code() {
                section.types(words(&piece.text), surface);
            }
        }
    }
    sections
}

/// The section that `line` stands in.
pub(crate) fn of(sections: &BTreeMap<usize, Section>, line: usize) -> &Section {
    let (_, section) = sections.range(..=line).next_back().expect("line 0 has one");
    section
}

fn at(sections: &mut BTreeMap<usize, Section>, line: usize) -> Option<&mut Section> {
    sections
        .range_mut(..=line)
        .next_back()
        .map(|(_, section)| section)
}

fn titled(heading: &Heading, surface: &Surface) -> Section {
    let mut section = Section {
        title: heading.text.clone(),
        ..Section::default()
    };
    let subjects = words(&heading.text).filter(|word| surface.is_ours(word));
    section.subjects.extend(subjects.map(str::to_owned));
    section
}

impl Section {
    fn block(&mut self, block: &Block, surface: &Surface) {
        if block.verdict == Verdict::Signature {
            let items = shown_items(&block.code).unwrap_or_default();
            for item in items {
                let path = item.path.split('`').nth(1).unwrap_or_default();
                let of = words(path).next().unwrap_or_default();
                if surface.is_ours(of) {
                    self.subjects.insert(of.to_owned());
                }
            }
        }
        if block.verdict == Verdict::CompileFail {
            return;
        }
        self.code(&block.code, surface);
        let shown = block
            .context
            .as_ref()
            .and_then(|name| surface.contexts.get(name));
        if let Some((names, types)) = shown {
            self.names.extend(names.iter().cloned());
            self.types.extend(types.iter().cloned());
        }
    }

    fn code(&mut self, code: &str, surface: &Surface) {
        if let Ok(tokens) = code.parse() {
            identifiers(tokens, &mut self.names);
        }
        self.types(words(code), surface);
    }

    fn types<'a>(&mut self, words: impl Iterator<Item = &'a str>, surface: &Surface) {
        let types = words.filter(|word| surface.package_of(word).is_some());
        self.types.extend(types.map(str::to_owned));
    }
}

/// The identifiers of `code`, roughly.
pub(crate) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|ch: char| !(ch.is_alphanumeric() || ch == '_'))
        .filter(|word| !word.is_empty())
}
