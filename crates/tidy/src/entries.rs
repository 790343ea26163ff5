use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use async_drop_corpus::{
    Chapter, Error, Errors, Heading, Slugs, anchor_without_number, resolve, slug, without_number,
};
use similar::get_close_matches;

use crate::edit::Edit;
use crate::places::including;
use crate::texts::{Kind, Text};

/// An entry of a chapter.
#[derive(Debug)]
pub(crate) struct Entry {
    /// What it is known by: its title as an anchor, without the number.
    pub(crate) key: String,
    /// The title as it is written, without the number.
    pub(crate) title: String,
    /// Its place among the entries, counted from 1.
    pub(crate) number: usize,
    /// The anchor that it has once it is numbered.
    pub(crate) anchor: String,
    /// What stands for the number in its heading; empty where there is none yet.
    prefix: Range<usize>,
}

/// The entries of one chapter.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) entries: Vec<Entry>,
    /// Anchors that are no entry's.
    others: BTreeSet<String>,
}

/// The chapters that have entries.
#[derive(Debug)]
pub(crate) struct Chapters {
    by_file: BTreeMap<String, Entries>,
    /// The chapter that a page includes and is nothing but.
    including: BTreeMap<String, String>,
}

impl Chapters {
    pub(crate) fn read(texts: &[Text], errors: &mut Errors) -> Self {
        let chapters = texts.iter().filter(|text| text.kind == Kind::Chapter);
        let by_file = chapters
            .map(|text| (text.file.clone(), Entries::read(text, errors)))
            .collect();
        Self {
            by_file,
            including: including(texts),
        }
    }

    /// The entries of the file, if it is a chapter that has them.
    pub(crate) fn of(&self, file: &str) -> Option<&Entries> {
        self.by_file.get(file)
    }

    /// The entries of the chapter that `path` leads to from `text`, if it is one that has them.
    pub(crate) fn at(&self, text: &Text, path: &str) -> Option<&Entries> {
        let file = match text.kind {
            _ if path.is_empty() => text.file.clone(),
            Kind::Chapter | Kind::Page => resolve(&text.file, path)?,
            Kind::Lines => path.rsplit('/').next()?.to_owned(),
            Kind::Program => return None,
        };
        self.of(self.including.get(&file).unwrap_or(&file))
    }

    /// The edits that number the headings of `text`.
    pub(crate) fn numbers(&self, text: &Text) -> Vec<Edit> {
        let entries = self.of(&text.file).into_iter();
        let edit = |entry: &Entry| {
            let number = format!("{}. ", entry.number);
            Edit::new(&text.text, entry.prefix.clone(), number)
        };
        entries
            .flat_map(|chapter| &chapter.entries)
            .filter_map(edit)
            .collect()
    }
}

impl Entries {
    fn read(text: &Text, errors: &mut Errors) -> Self {
        let chapter = Chapter::read(&text.file, &text.text).0;
        let lines: Vec<&str> = text.text.split_inclusive('\n').collect();
        let mut slugs = Slugs::default();
        let mut found = Self {
            others: chapter.anchors.iter().cloned().collect(),
            ..Self::default()
        };
        for heading in &chapter.headings {
            if heading.level != 2 {
                found.others.insert(slugs.next(&heading.text));
                continue;
            }
            let start = lines[..heading.line - 1]
                .iter()
                .map(|line| line.len())
                .sum();
            let line = lines[heading.line - 1];
            match found.entry(heading, start, line, &mut slugs) {
                Ok(entry) => found.entries.push(entry),
                Err(what) => errors.0.push(Error::new(&text.file, heading.line, what)),
            }
        }
        found
    }

    /// The entry of a `heading`, whose `line` starts at `start`.
    fn entry(
        &self,
        heading: &Heading,
        start: usize,
        line: &str,
        slugs: &mut Slugs,
    ) -> Result<Entry, String> {
        let written = line
            .trim_start()
            .strip_prefix("## ")
            .map(str::trim)
            .filter(|words| !words.ends_with('#'))
            .ok_or("the heading of an entry is written `## Title`")?;
        let title = without_number(written);
        let key = slug(without_number(&heading.text));
        if key.is_empty() {
            return Err("an entry without a title".to_owned());
        }
        if let Some(same) = self.entries.iter().find(|entry| entry.key == key) {
            return Err(format!(
                "entry {} is called \"{title}\", too: a link could mean either",
                same.number
            ));
        }
        let number = self.entries.len() + 1;
        let at = start + line.find(written).unwrap_or_default();
        Ok(Entry {
            key,
            title: title.to_owned(),
            number,
            anchor: slugs.next(&format!("{number}. {}", without_number(&heading.text))),
            prefix: at..at + written.len() - title.len(),
        })
    }

    /// The entry that `anchor` is of, with any number or none.
    pub(crate) fn find(&self, anchor: &str) -> Option<&Entry> {
        self.position(anchor).map(|index| &self.entries[index])
    }

    pub(crate) fn position(&self, anchor: &str) -> Option<usize> {
        let keyed = |key: &str| self.entries.iter().position(|entry| entry.key == key);
        keyed(anchor).or_else(|| keyed(anchor_without_number(anchor)))
    }

    pub(crate) fn is_other(&self, anchor: &str) -> bool {
        self.others.contains(anchor)
    }

    /// The anchor without number that is most like `anchor`.
    pub(crate) fn nearest(&self, anchor: &str) -> Option<&str> {
        let keys: Vec<&str> = self
            .entries
            .iter()
            .map(|entry| entry.key.as_str())
            .collect();
        let near = get_close_matches(anchor_without_number(anchor), &keys, 1, 0.0);
        near.first().copied()
    }
}
