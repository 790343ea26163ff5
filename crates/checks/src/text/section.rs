//! What a section speaks of: its subjects, and the names that its blocks bring.

use std::collections::{BTreeMap, BTreeSet};

use async_drop_corpus::{Block, Chapter, Heading, Verdict};

use super::prose::Unit;
use crate::code::{Code, words};

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
pub(crate) fn sections(chapter: &Chapter, units: &[Unit], code: &Code) -> BTreeMap<usize, Section> {
    let mut sections = BTreeMap::from([(0, Section::default())]);
    for heading in &chapter.headings {
        sections.insert(heading.line, titled(heading, code));
    }
    for block in &chapter.blocks {
        if let Some(section) = at(&mut sections, block.line) {
            section.block(block, code);
        }
    }
    for unit in units {
        if let Some(section) = at(&mut sections, unit.line) {
            for piece in unit.code() {
                section.types(words(&piece.text), code);
            }
        }
    }
    sections
}

/// The section that `line` stands in.
pub(crate) fn section_at(sections: &BTreeMap<usize, Section>, line: usize) -> &Section {
    let (_, section) = sections.range(..=line).next_back().expect("line 0 has one");
    section
}

fn at(sections: &mut BTreeMap<usize, Section>, line: usize) -> Option<&mut Section> {
    sections
        .range_mut(..=line)
        .next_back()
        .map(|(_, section)| section)
}

fn titled(heading: &Heading, code: &Code) -> Section {
    let mut section = Section {
        title: heading.text.clone(),
        ..Section::default()
    };
    let subjects = words(&heading.text).filter(|word| code.is_ours(word));
    section.subjects.extend(subjects.map(str::to_owned));
    section
}

impl Section {
    fn block(&mut self, block: &Block, code: &Code) {
        let shown = code.shown(block);
        if block.verdict == Verdict::Signature {
            for item in shown.items.iter().flatten() {
                let of = item.subject();
                if code.is_ours(of) {
                    self.subjects.insert(of.to_owned());
                }
            }
        }
        if block.verdict == Verdict::CompileFail {
            return;
        }
        self.names.extend(shown.calls.words().iter().cloned());
        self.types.extend(shown.types.iter().cloned());
        let context = block.context.as_ref().and_then(|name| code.context(name));
        if let Some(names) = context {
            self.names.extend(names.all.iter().cloned());
            self.types.extend(names.types.iter().cloned());
        }
    }

    fn types<'a>(&mut self, words: impl Iterator<Item = &'a str>, code: &Code) {
        let types = words.filter(|word| code.is_type(word));
        self.types.extend(types.map(str::to_owned));
    }
}
