use std::ops::Range;

use async_drop_corpus::{Error, Errors, markdown_options};
use pulldown_cmark::{CowStr, Event, LinkType, Parser, Tag, TagEnd};

use crate::edit::{Edit, line_of};
use crate::entries::{Chapters, Entry};
use crate::texts::{Kind, Text};
use crate::words::{of_kind, of_title};

/// The edits that give the links of `text` to entries the entries' numbers; `written` is what is written anyway.
pub(crate) fn edits(
    text: &Text,
    chapters: &Chapters,
    written: &[Range<usize>],
    errors: &mut Errors,
) -> Vec<Edit> {
    let mut links = Links {
        text,
        chapters,
        edits: Vec::new(),
        errors,
    };
    match text.kind {
        Kind::Chapter | Kind::Page => links.markdown(0, &text.text, written),
        Kind::Program => {}
        Kind::Lines => {
            let mut at = 0;
            for line in text.text.split_inclusive('\n') {
                let words = line.trim_start_matches(|ch: char| ch.is_whitespace() || ch == '/');
                if words.contains("](") {
                    links.markdown(at + line.len() - words.len(), words, &[]);
                }
                at += line.len();
            }
        }
    }
    links.edits
}

/// How the error about a link starts that leads to no entry.
pub fn no_entry(target: &str) -> String {
    format!("`{target}` leads to no entry")
}

struct Links<'a> {
    text: &'a Text,
    chapters: &'a Chapters,
    edits: Vec<Edit>,
    errors: &'a mut Errors,
}

/// A link that is being read.
struct Open<'a> {
    target: CowStr<'a>,
    is_inline: bool,
    /// The words so far, and where each run of them stands.
    words: String,
    runs: Vec<Range<usize>>,
}

impl<'a> Links<'a> {
    /// Reads `part` of the text, which starts at `base`.
    fn markdown(&mut self, base: usize, part: &str, written: &[Range<usize>]) {
        let parser = Parser::new_ext(part, markdown_options());
        for (_, definition) in parser.reference_definitions().iter() {
            self.target(base, part, definition.span.clone(), &definition.dest);
        }
        let mut open: Option<Open<'_>> = None;
        for (event, range) in parser.into_offset_iter() {
            if written.iter().any(|written| written.contains(&range.start)) {
                continue;
            }
            match event {
                Event::Start(Tag::Link {
                    link_type,
                    dest_url,
                    ..
                }) => {
                    open = Some(Open {
                        target: dest_url,
                        is_inline: link_type == LinkType::Inline,
                        words: String::new(),
                        runs: Vec::new(),
                    });
                }
                Event::End(TagEnd::Link) => {
                    if let Some(link) = open.take() {
                        self.link(base, part, &link, range.end);
                    }
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    self.html(base, part, range, &html);
                }
                Event::Text(words) | Event::Code(words) => {
                    if let Some(link) = &mut open {
                        link.words.push_str(&words);
                        link.runs.push(range);
                    }
                }
                Event::SoftBreak | Event::HardBreak => {
                    if let Some(link) = &mut open {
                        link.words.push(' ');
                    }
                }
                _ => {}
            }
        }
    }

    /// Numbers the words and, where it stands there, the target of a link that ends at `end`.
    fn link(&mut self, base: usize, part: &str, link: &Open<'_>, end: usize) {
        let (Some(first), Some(last)) = (link.runs.first(), link.runs.last()) else {
            return;
        };
        let entry = if link.is_inline {
            self.target(base, part, last.end..end, &link.target)
        } else {
            self.entry(&link.target)
        };
        let Some(number) = entry.map(|entry| entry.number.to_string()) else {
            return;
        };
        let words = &part[last.clone()];
        let before = link.words.strip_suffix(words).unwrap_or_default();
        let found = of_title(&part[first.clone()])
            .map(|found| (first, found))
            .or_else(|| of_kind(before, words).map(|found| (last, found)));
        if let Some((run, found)) = found {
            let at = base + run.start;
            let range = at + found.start..at + found.end;
            self.edits.extend(Edit::new(&self.text.text, range, number));
        }
    }

    /// Numbers the `target` of a link, which stands somewhere in the `range` of `part`; returns the entry that it is of.
    fn target(
        &mut self,
        base: usize,
        part: &str,
        range: Range<usize>,
        target: &str,
    ) -> Option<&'a Entry> {
        let (path, anchor) = target.split_once('#')?;
        let chapter = self.chapters.at(self.text, path)?;
        let line = line_of(&self.text.text, base + range.start);
        let mut error = |what: String| {
            let error = Error::new(&self.text.file, line, what);
            self.errors.0.push(error);
            None
        };
        let Some(entry) = chapter.find(anchor) else {
            if chapter.is_other(anchor) {
                return None;
            }
            let nearest = chapter.nearest(anchor).unwrap_or_default();
            return error(format!(
                "{}; the nearest is `{path}#{nearest}`",
                no_entry(target)
            ));
        };
        let Some(at) = part[range.clone()].rfind(target) else {
            return error(format!("write the target `{target}` without escapes"));
        };
        let start = base + range.start + at + path.len() + 1;
        let range = start..start + anchor.len();
        let edit = Edit::new(&self.text.text, range, entry.anchor.clone());
        self.edits.extend(edit);
        Some(entry)
    }

    /// The entry that a link's `target` is of, without a look at how it is written.
    fn entry(&self, target: &str) -> Option<&'a Entry> {
        let (path, anchor) = target.split_once('#')?;
        self.chapters.at(self.text, path)?.find(anchor)
    }

    /// Numbers the targets in raw HTML.
    fn html(&mut self, base: usize, part: &str, range: Range<usize>, html: &str) {
        for (at, href) in html.match_indices("href=") {
            let quoted = &html[at + href.len()..];
            let target = match quoted.split(['"', '\'']).collect::<Vec<_>>().as_slice() {
                ["", target, ..] => *target,
                _ => continue,
            };
            let start = range.start + at + href.len() + 1;
            self.target(base, part, start..start + target.len(), target);
        }
    }
}
