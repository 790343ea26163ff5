use std::ops::Range;

use async_drop_corpus::{Error, Errors, markdown_options, slug, without_number};
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::edit::{Edit, line_of};
use crate::entries::{Chapters, Entries, Entry};
use crate::texts::Text;

/// A chapter's table of contents: what stands between its title and the first paragraph that is no group's title.
pub(crate) struct Contents<'a> {
    text: &'a Text,
    entries: &'a Entries,
    /// Where the chapter's title ends.
    title: Option<usize>,
    lists: Vec<List>,
    /// The line of each group's title that no list follows.
    alone: Vec<usize>,
}

/// The list of a group.
struct List {
    range: Range<usize>,
    /// What its items stand for: `#` and an anchor, or words where an item links to nothing.
    items: Vec<String>,
}

impl<'a> Contents<'a> {
    /// The contents of `text`, if it is a chapter that has entries.
    pub(crate) fn read(text: &'a Text, chapters: &'a Chapters) -> Option<Self> {
        let mut contents = Self {
            text,
            entries: chapters.of(&text.file)?,
            title: None,
            lists: Vec::new(),
            alone: Vec::new(),
        };
        contents.parse();
        Some(contents)
    }

    /// Where the lists stand.
    pub(crate) fn ranges(&self) -> Vec<Range<usize>> {
        self.lists.iter().map(|list| list.range.clone()).collect()
    }

    fn parse(&mut self) {
        let whole = self.text.text.as_str();
        let mut depth = 0;
        let mut group = None;
        for (event, range) in Parser::new_ext(whole, markdown_options()).into_offset_iter() {
            let opens = matches!(event, Event::Start(_));
            if matches!(event, Event::End(_)) {
                depth -= 1;
            }
            match event {
                Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                    if level != HeadingLevel::H1 || self.title.is_some() {
                        break;
                    }
                    self.title = Some(range.end);
                }
                Event::Start(Tag::List(None)) if depth == 0 => {
                    group = None;
                    let end = range.start + whole[range.clone()].trim_end().len();
                    self.lists.push(List {
                        range: range.start..end,
                        items: Vec::new(),
                    });
                }
                Event::Start(Tag::Paragraph) if depth == 0 => {
                    self.alone.extend(group.take());
                    if !is_bold(&whole[range.clone()]) {
                        break;
                    }
                    group = Some(line_of(whole, range.start));
                }
                Event::Start(Tag::MetadataBlock(_)) => {}
                Event::Start(_) | Event::Rule if depth == 0 => break,
                event => self.item(event, depth),
            }
            if opens {
                depth += 1;
            }
        }
        self.alone.extend(group);
    }

    /// Takes what an item of the last list stands for.
    fn item(&mut self, event: Event<'_>, depth: usize) {
        let Some(list) = self.lists.last_mut() else {
            return;
        };
        if matches!(event, Event::Start(Tag::Item)) && depth == 1 {
            return list.items.push(String::new());
        }
        let item = list.items.last_mut().filter(|item| !item.starts_with('#'));
        match (item, event) {
            (Some(item), Event::Start(Tag::Link { dest_url, .. })) if dest_url.starts_with('#') => {
                *item = dest_url.into_string();
            }
            (Some(item), Event::Text(words) | Event::Code(words)) => item.push_str(&words),
            _ => {}
        }
    }

    /// The edits that make each list the one of its entries.
    pub(crate) fn edits(&self, errors: &mut Errors) -> Vec<Edit> {
        let text = self.text.text.as_str();
        let mut error = |line, what| errors.0.push(Error::new(&self.text.file, line, what));
        if self.entries.entries.is_empty() {
            return Vec::new();
        }
        for line in &self.alone {
            let what = "this group of the contents lists no entry: list its first one, or remove the title";
            error(*line, what);
        }
        if self.lists.is_empty() && self.alone.is_empty() {
            let Some(title) = self.title else {
                error(1, "a chapter with entries starts with `# Title`");
                return Vec::new();
            };
            let all = self.entries.entries.iter();
            let new = format!("\n{}\n", lines(text, all));
            return Edit::new(text, title..title, new).into_iter().collect();
        }
        let groups = self.groups();
        let mut edits = Vec::new();
        for (index, list) in self.lists.iter().enumerate() {
            let of = self.entries.entries.iter().zip(&groups);
            let of = of.filter(|(_, group)| **group == index);
            let new = lines(text, of.map(|(entry, _)| entry));
            if new.is_empty() {
                let what = "no entry is left in this list of the contents: remove it with the title of its group";
                error(line_of(text, list.range.start), what);
            }
            edits.extend(Edit::new(text, list.range.clone(), new));
        }
        edits
    }

    /// The list that each entry belongs to: the one that has it, if the entries around it allow that; else that of the entry before.
    fn groups(&self) -> Vec<usize> {
        let lists = self.lists.iter().enumerate();
        let listed: Vec<(Option<usize>, usize)> = lists
            .flat_map(|(list, of)| of.items.iter().map(move |item| (self.of_item(item), list)))
            .collect();
        let in_place = in_place(&listed, self.entries.entries.len());
        let mut groups: Vec<usize> = Vec::new();
        for (index, kept) in in_place.iter().enumerate() {
            let from = groups.last().copied().unwrap_or(0);
            let to = in_place[index..].iter().find_map(|kept| *kept);
            let to = to.unwrap_or(self.lists.len() - 1);
            let own = listed.iter().find(|(entry, _)| *entry == Some(index));
            let own = own.map(|(_, list)| *list);
            let own = own.filter(|list| (from..=to).contains(list));
            groups.push(kept.or(own).unwrap_or(from));
        }
        groups
    }

    fn of_item(&self, item: &str) -> Option<usize> {
        match item.strip_prefix('#') {
            Some(anchor) => self.entries.position(anchor),
            None => {
                let title = without_number(item.trim());
                self.entries.position(&slug(title))
            }
        }
    }
}

/// The list of each of `count` entries that is `listed` in its place between the others, each with its list.
fn in_place(listed: &[(Option<usize>, usize)], count: usize) -> Vec<Option<usize>> {
    let old: Vec<Option<usize>> = listed.iter().map(|(entry, _)| *entry).collect();
    let new: Vec<Option<usize>> = (0..count).map(Some).collect();
    let mut lists = vec![None; count];
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        match op {
            DiffOp::Delete { .. } | DiffOp::Insert { .. } => {}
            // What stands where a title was that is gone may be the same entry with another title.
            DiffOp::Equal { .. } | DiffOp::Replace { .. } => {
                let (old, new) = (op.old_range(), op.new_range());
                for (at, list) in lists[new].iter_mut().enumerate() {
                    *list = Some(listed[(old.start + at).min(old.end - 1)].1);
                }
            }
        }
    }
    lists
}

/// The items of a list, with the line ends of `text`.
fn lines<'a>(text: &str, entries: impl Iterator<Item = &'a Entry>) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let line = |entry: &Entry| format!("- [{}. {}](#{})", entry.number, entry.title, entry.anchor);
    entries.map(line).collect::<Vec<_>>().join(end)
}

/// Whether a paragraph is bold as a whole.
fn is_bold(paragraph: &str) -> bool {
    let inside = paragraph.trim().strip_prefix("**");
    let inside = inside.and_then(|rest| rest.strip_suffix("**"));
    inside.is_some_and(|words| !words.is_empty() && !words.contains("**"))
}
