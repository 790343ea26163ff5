//! Writes what follows from something else: from the entries' headings their numbers, the tables of contents, and links to numbers; from
//! programs the blocks that are parts of them.
//!
//! An entry is a heading of the second level in one of the chapters [`NUMBERED`](async_drop_corpus::NUMBERED). It is known by
//! its title, as an anchor and without the number: numbers are counted, never asked for. These forms are written:
//!
//! | form | what is written |
//! |---|---|
//! | a heading `## Title`, or `## 7. Title` with any number | the entry's number |
//! | the table of contents: bold titles of groups, each with a list of entries, from the chapter's title to the first other paragraph | each list; an entry that no list has joins the group of the entry before it |
//! | a link to an entry, from any page: `[words](gotchas.md#7-title)`, `[words](#7-title)`, `[words](../../../helpers.md#title)`, by reference, in HTML | the number in the anchor, right, wrong or left out |
//! | the same where the words are a number: `[gotcha 7](…)`, `[patterns 6](…) and [19](…)`, `[7. Title](…)` | the number in the words, too |
//! | the same in a line of a context or of a list of what chapters say | the same |
//! | a block whose fence says `rust,example=<file>:<anchor>` | the part of the program |
//!
//! A link to a title that no entry has is an error. So are two entries of one title in a chapter, and a group that no entry is left in.
//!
//! Left alone: a number in words that do not link (`gotcha 7`), which the check of numbers refuses; the rules in SKILL.md, which are
//! a list that Markdown numbers; and the files of cases, which are named by title.

mod change;
mod contents;
mod edit;
mod entries;
mod excerpts;
mod links;
mod places;
mod texts;
mod words;
mod write;

pub use change::{Change, Tidied};
pub use links::no_entry;
pub use texts::{Kind, Text, read_texts};
pub use write::write;

use async_drop_corpus::Errors;

use contents::Contents;
use entries::Chapters;
use excerpts::Excerpts;

/// Says what `texts` become: those that change, in their order.
///
/// # Errors
///
/// One for each link to an entry that does not exist, each heading that is no entry's, each table of contents that cannot be
/// written, and each part of a program that is not there. Nothing is to be written then.
pub fn tidy(texts: &[Text]) -> Result<Vec<Tidied>, Errors> {
    let mut errors = Errors::default();
    let chapters = Chapters::read(texts, &mut errors);
    let mut tidied = Vec::new();
    let excerpts = Excerpts::of(texts);
    for text in texts.iter().filter(|text| text.kind != Kind::Program) {
        let mut edits = chapters.numbers(text);
        edits.extend(excerpts.edits(text, &mut errors));
        let mut written = Vec::new();
        if let Some(contents) = Contents::read(text, &chapters) {
            edits.extend(contents.edits(&mut errors));
            written = contents.ranges();
        }
        edits.extend(links::edits(text, &chapters, &written, &mut errors));
        tidied.extend(Tidied::new(text, edits));
    }
    errors.0.sort();
    errors.or(tidied)
}
