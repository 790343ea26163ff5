//! Reads the chapters and composes a program from each of their blocks.
//!
//! The build script of the root package stands on this crate, and everything else waits for that: it depends on the Markdown
//! parser and nothing else.

mod chapter;
mod compose;
mod context;
mod entry;
mod error;
mod excerpt;
mod info;
mod pages;
mod programs;
mod reader;
mod slug;

pub use chapter::{Block, Chapter, CodeSpan, Heading, Link, Quote, Verdict};
pub use compose::{
    ACCEPT, CORPUS, Composed, compose, compose_case, test_name, tests, together, write_markdown,
};
pub use context::{Context, Contexts, Position};
pub use entry::{NUMBERED, anchor_without_number, without_number};
pub use error::{Error, Errors};
pub use excerpt::{EXAMPLES, Excerpt};
pub use pages::{
    CHAPTERS, RECIPES, is_beside, is_chapter, page_paths, read_pages, recipe, resolve,
};
pub use programs::{
    CONTEXTS, LIES, LIES_CONTEXTS, TESTS, TOGETHER, inputs, write_lies, write_programs,
};
pub use reader::markdown_options;
pub use slug::{Slugs, slug};
