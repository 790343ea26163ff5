use std::ops::Range;

use async_drop_corpus::{Block, Chapter, markdown_options};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::mutation::{Kind, Mutation};

/// A chapter, and where its parts stand in the text, in bytes.
pub(crate) struct Page {
    pub(crate) chapter: Chapter,
    pub(crate) fences: Vec<Fence>,
    /// The code in prose and tables, without its backticks.
    pub(crate) code: Vec<Range<usize>>,
    /// The words of prose, tables and headings.
    pub(crate) words: Vec<Range<usize>>,
    pub(crate) links: Vec<Link>,
    /// The rows of tables, heads aside, each with its line feed.
    pub(crate) rows: Vec<Range<usize>>,
    /// The offset of each line's first byte.
    lines: Vec<usize>,
}

/// Code between fences.
pub(crate) struct Fence {
    pub(crate) info: Range<usize>,
    pub(crate) code: Range<usize>,
    /// The fences and the line feed behind them.
    pub(crate) whole: Range<usize>,
}

/// A link of the form `[words](target)`.
pub(crate) struct Link {
    pub(crate) words: Range<usize>,
    pub(crate) target: Range<usize>,
}

impl Page {
    pub(crate) fn read(file: &str, text: &str) -> Self {
        let chapter = Chapter::read(file, text).0;
        let lines = std::iter::once(0)
            .chain(chapter.text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        let mut page = Self {
            chapter,
            fences: Vec::new(),
            code: Vec::new(),
            words: Vec::new(),
            links: Vec::new(),
            rows: Vec::new(),
            lines,
        };
        page.find();
        page
    }

    fn find(&mut self) {
        let text = self.chapter.text.clone();
        let mut in_words = true;
        for (event, range) in Parser::new_ext(&text, markdown_options()).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                    in_words = false;
                    self.fences.extend(fence(&text, range));
                }
                Event::Start(Tag::MetadataBlock(_)) => in_words = false,
                Event::End(TagEnd::CodeBlock | TagEnd::MetadataBlock(_)) => in_words = true,
                Event::Start(Tag::Link { .. }) => self.links.extend(link(&text, range)),
                Event::Start(Tag::TableRow) => {
                    let end = text[range.end..]
                        .find('\n')
                        .map_or(text.len(), |at| range.end + at + 1);
                    let end = if text[..range.end].ends_with('\n') {
                        range.end
                    } else {
                        end
                    };
                    self.rows.push(range.start..end);
                }
                Event::Code(_) => {
                    let ticks = text[range.clone()]
                        .bytes()
                        .take_while(|byte| *byte == b'`')
                        .count();
                    self.code.push(range.start + ticks..range.end - ticks);
                }
                Event::Text(_) if in_words => self.words.push(range),
                _ => {}
            }
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.chapter.text
    }

    /// The line of a byte, counted from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }

    /// The fence that opens on `line`.
    fn fence_on(&self, line: usize) -> Option<&Fence> {
        self.fences
            .iter()
            .find(|fence| self.line(fence.whole.start) == line)
    }

    /// The Rust blocks, each with its place.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (&Block, &Fence)> {
        self.chapter
            .blocks
            .iter()
            .filter_map(|block| Some((block, self.fence_on(block.line)?)))
    }

    /// Where the message stands that `block` quotes.
    pub(crate) fn quote_of(&self, block: &Block) -> Option<&Fence> {
        self.fence_on(block.quote.as_ref()?.line - 1)
    }

    /// Replaces the bytes of `range` by `with`.
    pub(crate) fn replace(
        &self,
        kind: Kind,
        range: Range<usize>,
        with: impl Into<String>,
    ) -> Mutation {
        let with = with.into();
        let before = self.text()[range.clone()].to_owned();
        self.mutation(kind, range, with.clone(), before, with)
    }

    /// Replaces the bytes of `range` by `with`; a report shows the line before and after.
    pub(crate) fn replace_in_line(&self, kind: Kind, range: Range<usize>, with: &str) -> Mutation {
        let text = self.text();
        let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[range.end..]
            .find('\n')
            .map_or(text.len(), |at| range.end + at);
        let before = text[start..end].trim().to_owned();
        let after = format!(
            "{}{with}{}",
            &text[start..range.start],
            &text[range.end..end]
        );
        self.mutation(
            kind,
            range,
            with.to_owned(),
            before,
            after.trim().to_owned(),
        )
    }

    pub(crate) fn mutation(
        &self,
        kind: Kind,
        range: Range<usize>,
        with: String,
        before: String,
        after: String,
    ) -> Mutation {
        let line = self.line(range.start);
        Mutation {
            file: self.chapter.file.clone(),
            line,
            kind,
            section: self.chapter.section_of(line).to_owned(),
            range,
            with,
            before,
            after,
        }
    }
}

fn fence(text: &str, range: Range<usize>) -> Option<Fence> {
    let source = &text[range.clone()];
    let opening = source.find('\n')?;
    let ticks = source.bytes().take_while(|byte| *byte == b'`').count();
    let closing = source.trim_end().rfind('\n')? + 1;
    let end = range.start + source.trim_end().len();
    Some(Fence {
        info: range.start + ticks..range.start + opening,
        code: range.start + opening + 1..range.start + closing.max(opening + 1),
        whole: range.start..end + usize::from(text[end..].starts_with('\n')),
    })
}

fn link(text: &str, range: Range<usize>) -> Option<Link> {
    let source = &text[range.clone()];
    let middle = source.rfind("](")?;
    let target = source.strip_suffix(')')?.len();
    Some(Link {
        words: range.start + 1..range.start + middle,
        target: range.start + middle + 2..range.start + target,
    })
}
