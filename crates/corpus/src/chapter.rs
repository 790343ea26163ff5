use std::collections::BTreeMap;

use crate::entry::{anchor_without_number, without_number};
use crate::excerpt::Excerpt;

/// A Markdown file, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// The file, relative to the repository's root, with forward slashes.
    pub file: String,
    /// The YAML between the `---` lines at the top.
    pub front_matter: Option<String>,
    /// How many lines come before the body: the front matter and its `---` lines.
    pub front_matter_lines: usize,
    /// The whole text, with line feeds for line ends.
    pub text: String,
    /// The headings, in order.
    pub headings: Vec<Heading>,
    /// The Rust blocks, in order.
    pub blocks: Vec<Block>,
    /// The line of every fence that is taken for Rust, whatever its info string says.
    pub rust_fences: Vec<usize>,
    /// The code in prose and tables, in order.
    pub code_spans: Vec<CodeSpan>,
    /// The links and images, in order.
    pub links: Vec<Link>,
    /// The `id` and `name` attributes of raw HTML.
    pub anchors: Vec<String>,
}

impl Chapter {
    /// The text without the front matter.
    pub fn body(&self) -> String {
        self.text
            .split_inclusive('\n')
            .skip(self.front_matter_lines)
            .collect()
    }

    /// The words of the heading that `line` stands under.
    pub fn section_of(&self, line: usize) -> &str {
        let under = self.headings.iter().rfind(|heading| heading.line <= line);
        under.map_or("", |heading| &heading.text)
    }

    /// The blocks that must not compile, each with the name of its case: the page, the section's anchor without the entry's
    /// number, and a number for further blocks of a section.
    ///
    /// The name does not change when text above the section moves, nor when entries are put before it.
    pub fn cases(&self) -> Vec<(&Block, String)> {
        let page = self.file.trim_end_matches(".md").replace('/', "-");
        let mut count = BTreeMap::new();
        self.blocks
            .iter()
            .filter(|block| block.verdict == Verdict::CompileFail)
            .map(|block| {
                let name = format!("{page}-{}", block.entry_slug());
                let count = count.entry(name.clone()).or_insert(0);
                *count += 1;
                match *count {
                    1 => (block, name),
                    n => (block, format!("{name}-{n}")),
                }
            })
            .collect()
    }
}

/// A heading and the anchor that links to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: usize,
    /// The words, without markup.
    pub text: String,
    /// The anchor: GitHub's, which mdBook's equals.
    pub slug: String,
    /// The line, counted from 1.
    pub line: usize,
}

/// A Rust block with its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The chapter's file.
    pub file: String,
    /// The line of the opening fence, counted from 1.
    pub line: usize,
    /// What the chapter says about the code.
    pub verdict: Verdict,
    /// Whether it asserts how long something takes, so that its time may not be moved.
    pub timed: bool,
    /// The name of the file in `corpus/contexts` that holds what the chapter does not show; none for a signature and an example.
    pub context: Option<String>,
    /// The part of a program that an example is.
    pub excerpt: Option<Excerpt>,
    /// The words of the heading that the block stands under.
    pub section: String,
    /// The anchor of that heading.
    pub section_slug: String,
    /// The code as shown, each line ended by a line feed.
    pub code: String,
    /// What the chapter says happens, for the verdicts that say it.
    pub quote: Option<Quote>,
}

impl Block {
    /// The line of the first line of code, counted from 1.
    pub fn first_line(&self) -> usize {
        self.line + 1
    }

    /// The section's anchor without the number of an entry.
    fn entry_slug(&self) -> &str {
        if without_number(&self.section) == self.section {
            &self.section_slug
        } else {
            anchor_without_number(&self.section_slug)
        }
    }

    /// Where the block is and what it is under, for messages.
    pub fn place(&self) -> String {
        format!("{}:{}: section \"{}\"", self.file, self.line, self.section)
    }
}

/// The `text` block that says what happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The line of the first quoted line, counted from 1.
    pub line: usize,
    /// The quoted lines, without the last line feed.
    pub text: String,
}

/// What a chapter says about a block, and so what the block is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Compiles without warnings, runs, and leaks nothing when an operation fails.
    Right {
        /// … nor when it is cancelled; without it, the quoted words say where a cancellation breaks it.
        cancel_safe: bool,
    },
    /// Compiles without warnings, runs, and leaks nothing; there is nothing to fail and nothing to cancel.
    RightOnce,
    /// Is rejected by the compiler with the recorded diagnostic.
    CompileFail,
    /// Panics with the quoted message.
    ShouldPanic,
    /// Leaks as the quoted words say.
    Leaks,
    /// Equals the item in the library.
    Signature,
    /// Is a part of a program that is tested by itself.
    Example,
}

impl Verdict {
    /// The verdict as an info string says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Right { cancel_safe: false } => "right",
            Self::Right { cancel_safe: true } => "right,cancel_safe",
            Self::RightOnce => "right,once",
            Self::CompileFail => "compile_fail",
            Self::ShouldPanic => "should_panic",
            Self::Leaks => "leaks",
            Self::Signature => "signature",
            Self::Example => "example",
        }
    }

    /// Whether the block is run, for what it does to be seen.
    pub fn is_run(self) -> bool {
        match self {
            Self::Right { .. } | Self::RightOnce | Self::ShouldPanic | Self::Leaks => true,
            Self::CompileFail | Self::Signature | Self::Example => false,
        }
    }

    /// Whether a `text` block must say what happens.
    pub fn needs_quote(self) -> bool {
        match self {
            Self::Right { cancel_safe } => !cancel_safe,
            Self::CompileFail | Self::ShouldPanic | Self::Leaks => true,
            Self::RightOnce | Self::Signature | Self::Example => false,
        }
    }
}

/// Words that are marked as code in prose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeSpan {
    /// The line that it starts on, counted from 1.
    pub line: usize,
    /// The code.
    pub text: String,
}

/// A link or an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its words as they are written; none where it is HTML or written otherwise than `[words](target)`.
    pub words: String,
    /// The line that it starts on, counted from 1.
    pub line: usize,
    /// Where it points, as written.
    pub target: String,
}
