use std::fs;
use std::path::Path;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::chapter::{Block, Chapter, CodeSpan, Heading, Link, Quote, Verdict};
use crate::error::{Error, Errors};
use crate::info;
use crate::slug::{self, Slugs};

impl Chapter {
    /// Reads the Markdown `text` of `file`.
    ///
    /// # Errors
    ///
    /// If a block does not keep to the contract: no or an unknown verdict, a word in the info string that means nothing,
    /// no quoted text where the verdict needs one, code that could escape the checks (indented, without an info string,
    /// hidden lines), a heading whose anchor GitHub and mdBook would not agree on. All errors of the file are returned.
    pub fn parse(file: &str, text: &str) -> Result<Chapter, Errors> {
        let (chapter, errors) = Self::read(file, text);
        errors.or(chapter)
    }

    /// Reads `file`, which is relative to `root`, as [`Chapter::parse`] does.
    ///
    /// # Errors
    ///
    /// As [`Chapter::parse`], or if the file cannot be read.
    pub fn at(root: &Path, file: &str) -> Result<Chapter, Errors> {
        let text = fs::read_to_string(root.join(file))
            .map_err(|error| Error::new(file, 1, format!("cannot be read: {error}")))?;
        Self::parse(file, &text)
    }

    /// Reads the Markdown `text` of `file`, whether or not it keeps to the contract; blocks that do not are left out.
    ///
    /// The errors are those that [`parse`](Self::parse) fails with.
    pub fn read(file: &str, text: &str) -> (Chapter, Errors) {
        let text = text
            .strip_prefix('\u{feff}')
            .unwrap_or(text)
            .replace("\r\n", "\n");
        let mut reader = Reader::new(file, &text);
        for (event, range) in Parser::new_ext(&text, markdown_options()).into_offset_iter() {
            reader.event(event, range.start, range.end);
        }
        let (mut chapter, errors) = reader.finish();
        chapter.text = text;
        (chapter, errors)
    }
}

/// What mdBook switches on, and front matter; smart punctuation aside, which changes words and nothing else.
pub fn markdown_options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
}

struct Reader<'a> {
    text: &'a str,
    /// The offset of each line's first byte.
    lines: Vec<usize>,
    chapter: Chapter,
    errors: Errors,
    slugs: Slugs,
    /// What the events that come are inside of.
    inside: Inside,
    /// Whether the last block still waits for its quoted text.
    awaits_quote: bool,
}

enum Inside {
    Prose,
    FrontMatter(String),
    Heading {
        level: usize,
        line: usize,
        /// The words outside code spans.
        prose: String,
        text: String,
    },
    Code {
        line: usize,
        info: Option<String>,
        code: String,
    },
}

impl<'a> Reader<'a> {
    fn new(file: &str, text: &'a str) -> Self {
        Self {
            text,
            lines: std::iter::once(0)
                .chain(text.match_indices('\n').map(|(at, _)| at + 1))
                .collect(),
            chapter: Chapter {
                file: file.to_owned(),
                front_matter: None,
                front_matter_lines: 0,
                text: String::new(),
                headings: Vec::new(),
                blocks: Vec::new(),
                rust_fences: Vec::new(),
                code_spans: Vec::new(),
                links: Vec::new(),
                anchors: Vec::new(),
            },
            errors: Errors::default(),
            slugs: Slugs::default(),
            inside: Inside::Prose,
            awaits_quote: false,
        }
    }

    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset)
    }

    fn error(&mut self, line: usize, what: impl Into<String>) {
        let file = self.chapter.file.clone();
        self.errors.0.push(Error::new(&file, line, what));
    }

    fn event(&mut self, event: Event<'_>, start: usize, end: usize) {
        match event {
            Event::Start(Tag::MetadataBlock(_)) => self.inside = Inside::FrontMatter(String::new()),
            Event::End(TagEnd::MetadataBlock(_)) => self.end_front_matter(end),
            Event::Start(Tag::Heading { level, .. }) => {
                self.inside = Inside::Heading {
                    level: level as usize,
                    line: self.line(start),
                    prose: String::new(),
                    text: String::new(),
                };
            }
            Event::End(TagEnd::Heading(_)) => self.end_heading(),
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => Some(info.trim().to_owned()),
                    CodeBlockKind::Indented => None,
                };
                self.inside = Inside::Code {
                    line: self.line(start),
                    info,
                    code: String::new(),
                };
            }
            Event::End(TagEnd::CodeBlock) => self.end_code(&self.text[start..end]),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                let written = self.text[start..end].trim_start_matches(['!', '[']);
                let words = written.rsplit_once("](").map_or("", |(words, _)| words);
                self.chapter.links.push(Link {
                    words: words.to_owned(),
                    line: self.line(start),
                    target: dest_url.into_string(),
                });
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                self.html(&html, start);
            }
            Event::Text(words) => self.words(&words, true),
            Event::Code(words) => {
                self.words(&words, false);
                self.chapter.code_spans.push(CodeSpan {
                    line: self.line(start),
                    text: words.into_string(),
                });
            }
            Event::SoftBreak | Event::HardBreak => self.words(" ", true),
            _ => {}
        }
    }

    /// Takes links and anchors from raw HTML.
    fn html(&mut self, html: &str, start: usize) {
        for (at, tag) in tags(html) {
            let names = ["id", "name"]
                .into_iter()
                .filter_map(|name| attribute(tag, name));
            self.chapter.anchors.extend(names.map(str::to_owned));
            for target in ["href", "src"]
                .into_iter()
                .filter_map(|name| attribute(tag, name))
            {
                self.chapter.links.push(Link {
                    words: String::new(),
                    line: self.line(start + at),
                    target: target.to_owned(),
                });
            }
        }
    }

    fn words(&mut self, words: &str, is_prose: bool) {
        match &mut self.inside {
            Inside::Prose => {}
            Inside::FrontMatter(yaml) => yaml.push_str(words),
            Inside::Heading { prose, text, .. } => {
                text.push_str(words);
                if is_prose {
                    prose.push_str(words);
                }
            }
            Inside::Code { code, .. } => code.push_str(words),
        }
    }

    fn end_front_matter(&mut self, end: usize) {
        if let Inside::FrontMatter(yaml) = std::mem::replace(&mut self.inside, Inside::Prose) {
            self.chapter.front_matter = Some(yaml);
            self.chapter.front_matter_lines = self.line(end.saturating_sub(1));
        }
    }

    fn end_heading(&mut self) {
        let Inside::Heading {
            level,
            line,
            prose,
            text,
        } = std::mem::replace(&mut self.inside, Inside::Prose)
        else {
            return;
        };
        self.quote_is_missing();
        if let Some(part) = slug::ambiguous(&prose) {
            self.error(
                line,
                format!("`{part}` in a heading: GitHub and mdBook would give it different anchors"),
            );
        }
        let slug = self.slugs.next(&text);
        self.chapter.headings.push(Heading {
            level,
            text,
            slug,
            line,
        });
    }

    fn end_code(&mut self, source: &str) {
        let Inside::Code { line, info, code } = std::mem::replace(&mut self.inside, Inside::Prose)
        else {
            return;
        };
        let Some(info) = info else {
            self.quote_is_missing();
            self.error(
                line,
                "code by indentation has no verdict: put it between fences",
            );
            return;
        };
        if !is_closed(source) {
            self.error(line, "the fence is never closed");
        }
        if self.awaits_quote && info == "text" {
            self.awaits_quote = false;
            self.quote(line, code);
            return;
        }
        self.quote_is_missing();
        if info.is_empty() {
            self.error(
                line,
                "a fence without an info string: say what it holds, such as `text`",
            );
        } else if info::is_rust(&info) {
            self.chapter.rust_fences.push(line);
            self.block(line, &info, code);
        }
    }

    fn quote(&mut self, line: usize, code: String) {
        let text = code.trim_end_matches('\n').to_owned();
        let leaks = self.chapter.blocks.last().map(|block| block.verdict) == Some(Verdict::Leaks);
        if text.trim().is_empty() {
            self.error(line, "the quoted text is empty");
        } else if leaks && text.trim() == "leaks when" {
            self.error(
                line + 1,
                "the quoted text does not say when it leaks: `leaks when nothing fails`, or what the failing test says of the code",
            );
        } else if leaks && !text.starts_with("leaks when ") {
            self.error(
                line + 1,
                "the quoted text of a `leaks` block starts with `leaks when`, as the explorer says it",
            );
        }
        if let Some(block) = self.chapter.blocks.last_mut() {
            block.quote = Some(Quote {
                line: line + 1,
                text,
            });
        }
    }

    fn block(&mut self, line: usize, info: &str, code: String) {
        let info = match info::parse(info) {
            Ok(info) => info,
            Err(what) => return self.error(line, what),
        };
        let Some(heading) = self.chapter.headings.last().cloned() else {
            return self.error(line, "a Rust block before the first heading has no section");
        };
        for (index, shown) in code.lines().enumerate() {
            let shown = shown.trim();
            if shown == "#" || shown.starts_with("# ") || shown.starts_with("##") {
                self.error(
                    line + 1 + index,
                    "a line that starts with `# ` is hidden in the book: move it to the context",
                );
            }
        }
        if code.trim().is_empty() {
            self.error(line, "the block is empty");
        }
        self.awaits_quote = info.verdict.needs_quote();
        self.chapter.blocks.push(Block {
            file: self.chapter.file.clone(),
            line,
            verdict: info.verdict,
            timed: info.timed,
            context: info.context,
            excerpt: info.excerpt,
            section: heading.text,
            section_slug: heading.slug,
            code,
            quote: None,
        });
    }

    /// Complains if the last block needs a quoted text that cannot come any more.
    fn quote_is_missing(&mut self) {
        if std::mem::take(&mut self.awaits_quote)
            && let Some(block) = self.chapter.blocks.last()
        {
            let (line, verdict) = (block.line, block.verdict.name());
            let (what, otherwise) = match block.verdict {
                Verdict::Right { .. } => (
                    "where a cancellation breaks it",
                    "; where none does, say `cancel_safe`",
                ),
                _ => ("what happens", ""),
            };
            self.error(
                line,
                format!(
                    "a `{verdict}` block needs a `text` fence after it that says {what}{otherwise}"
                ),
            );
        }
    }

    fn finish(mut self) -> (Chapter, Errors) {
        self.quote_is_missing();
        self.errors.0.sort();
        (self.chapter, self.errors)
    }
}

/// Whether the last line of a fenced block is its closing fence.
fn is_closed(source: &str) -> bool {
    let mut lines = source.trim().lines();
    let opening = lines.next().unwrap_or_default();
    let Some(mark) = opening.chars().next() else {
        return false;
    };
    let length = opening.chars().take_while(|ch| *ch == mark).count();
    lines.next_back().is_some_and(|closing| {
        let closing = closing.trim_start_matches(['>', ' ', '\t']).trim_end();
        closing.chars().count() >= length && closing.chars().all(|ch| ch == mark)
    })
}

/// The tags of `html`, each with its name first; comments left out.
fn tags(html: &str) -> impl Iterator<Item = (usize, &str)> {
    html.match_indices('<').filter_map(|(at, _)| {
        let tag = &html[at + 1..];
        let end = tag.find('>')?;
        tag.starts_with(|ch: char| ch.is_ascii_alphabetic())
            .then_some((at, &tag[..end]))
    })
}

/// The value of an attribute that is written `name="value"`.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    Some(value.split_once('"')?.0)
}
