//! A chapter's words outside of blocks, by paragraph, list item and table row.

use async_drop_corpus::{Chapter, markdown_options};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// A paragraph, a heading, an item of a list, or a row of a table.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    /// The line that it starts on, counted from 1.
    pub(crate) line: usize,
    /// The cells of a row; one where the unit is no row.
    pub(crate) cells: Vec<Vec<Piece>>,
    pub(crate) is_row: bool,
    pub(crate) is_item: bool,
}

/// Words of one kind.
#[derive(Debug)]
pub(crate) struct Piece {
    /// The line that it starts on, counted from 1.
    pub(crate) line: usize,
    pub(crate) text: String,
    pub(crate) is_code: bool,
}

impl Unit {
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.cells.iter().flatten()
    }

    pub(crate) fn code(&self) -> impl Iterator<Item = &Piece> {
        self.pieces().filter(|piece| piece.is_code)
    }
}

/// The words of `pieces`, with what `code` makes of code.
pub(crate) fn words(pieces: &[Piece], code: impl Fn(&str) -> String) -> String {
    pieces
        .iter()
        .map(|piece| match piece.is_code {
            true => code(&piece.text),
            false => piece.text.clone(),
        })
        .collect()
}

/// The units of `chapter`, in order; front matter left out.
pub(crate) fn units(chapter: &Chapter) -> Vec<Unit> {
    let text = &chapter.text;
    let starts: Vec<usize> = std::iter::once(0)
        .chain(text.match_indices('\n').map(|(at, _)| at + 1))
        .collect();
    let mut reader = Units::default();
    for (event, range) in Parser::new_ext(text, markdown_options()).into_offset_iter() {
        let line = starts.partition_point(|start| *start <= range.start);
        reader.event(event, line);
    }
    reader.end();
    reader.done
}

#[derive(Default)]
struct Units {
    done: Vec<Unit>,
    now: Unit,
    /// Whether what comes is no prose: a block, front matter.
    skipped: bool,
}

impl Units {
    fn event(&mut self, event: Event<'_>, line: usize) {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::MetadataBlock(_)) => {
                self.end();
                self.skipped = true;
            }
            Event::End(TagEnd::CodeBlock | TagEnd::MetadataBlock(_)) => self.skipped = false,
            Event::Start(Tag::Heading { .. }) => self.end(),
            Event::Start(Tag::TableRow | Tag::TableHead) => {
                self.end();
                self.now.is_row = true;
            }
            Event::Start(Tag::TableCell) => self.now.cells.push(Vec::new()),
            Event::Start(Tag::Item) => {
                self.end();
                self.now.is_item = true;
            }
            Event::Start(Tag::Paragraph) if self.now.is_item && self.now.cells.is_empty() => {}
            Event::Start(Tag::Paragraph | Tag::List(_))
            | Event::End(
                TagEnd::Paragraph
                | TagEnd::Item
                | TagEnd::Heading(_)
                | TagEnd::TableRow
                | TagEnd::TableHead,
            ) => self.end(),
            Event::Text(words) => self.piece(line, &words, false),
            Event::Code(words) => self.piece(line, &words, true),
            Event::SoftBreak | Event::HardBreak => self.piece(line, " ", false),
            _ => {}
        }
    }

    fn piece(&mut self, line: usize, text: &str, is_code: bool) {
        if self.skipped {
            return;
        }
        if self.now.line == 0 {
            self.now.line = line;
        }
        if self.now.cells.is_empty() {
            self.now.cells.push(Vec::new());
        }
        if let Some(cell) = self.now.cells.last_mut() {
            cell.push(Piece {
                line,
                text: text.to_owned(),
                is_code,
            });
        }
    }

    fn end(&mut self) {
        let unit = std::mem::take(&mut self.now);
        if unit.cells.iter().any(|cell| !cell.is_empty()) {
            self.done.push(unit);
        }
    }
}

/// A fenced block that is not Rust.
#[derive(Debug)]
pub(crate) struct Fence {
    pub(crate) language: String,
    /// The line of its first line of text, counted from 1.
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// The fenced blocks of `chapter` that are in one of `languages`, in order.
pub(crate) fn fences(chapter: &Chapter, languages: &[&str]) -> Vec<Fence> {
    let mut fences = Vec::new();
    let mut now: Option<Fence> = None;
    for (event, range) in Parser::new_ext(&chapter.text, markdown_options()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                now = Some(Fence {
                    language: info.split([',', ' ']).next().unwrap_or_default().to_owned(),
                    line: chapter.text[..range.start].matches('\n').count() + 2,
                    text: String::new(),
                });
            }
            Event::Text(words) => {
                if let Some(fence) = &mut now {
                    fence.text.push_str(&words);
                }
            }
            Event::End(TagEnd::CodeBlock) => fences.extend(now.take()),
            _ => {}
        }
    }
    fences.retain(|fence| languages.contains(&fence.language.as_str()));
    fences
}
