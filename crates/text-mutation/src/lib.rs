//! Small changes to a chapter, each of which makes it say something false.
//!
//! [`mutations`] finds every change that its operators can make to a text; [`draw`] takes some of them, the same for the same seed.
//! The command `cargo mutate-text` makes each and shows that the checks notice: [`run`] draws, `judge` finds out who notices, [`Tally`]
//! counts and says what is left, but for what [`Survivors`] lists. Words of free prose are left alone, since nothing but a reader
//! can hold them.

mod blocks;
mod cli;
mod code;
mod command;
mod draw;
mod judge;
mod mutation;
mod page;
mod prose;
mod quotes;
mod signatures;
mod survivors;
mod tally;

pub use command::run;
pub use draw::draw;
pub use mutation::{Kind, Mutation};
pub use survivors::{Survivor, Survivors};
pub use tally::{Fate, Tally};

use page::Page;

/// Finds every change that the operators can make to the Markdown `text` of `file`, in the order of the text.
///
/// Line ends are line feeds in the text that the changes apply to, as in [`async_drop_corpus::Chapter::text`].
pub fn mutations(file: &str, text: &str) -> Vec<Mutation> {
    let page = Page::read(file, text);
    let mut found = Vec::new();
    blocks::mutate(&page, &mut found);
    code::mutate(&page, &mut found);
    signatures::mutate(&page, &mut found);
    quotes::mutate(&page, &mut found);
    prose::mutate(&page, &mut found);
    found.sort_by(|a, b| {
        (a.range.start, a.kind, a.range.end, &a.with).cmp(&(
            b.range.start,
            b.kind,
            b.range.end,
            &b.with,
        ))
    });
    found.dedup_by(|a, b| a.range == b.range && a.with == b.with);
    found
}
