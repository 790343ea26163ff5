//! A command line that prints entries of a chapter prints ones that its page links to.
//!
//! Refuted by a number for which the page has no link: `cargo tidy` writes the numbers in links, and none in commands. Refuted, too, by
//! another program for `awk` than the one that the root package's test `one_entry` carries out.

use async_drop_corpus::{Chapter, Error, Errors};

use super::commands::command_lines;
use crate::guidance::Guidance;

const BEFORE: &str = "awk '/^## /{p=/^## (";
const BEHIND: &str = r")\. /}p' ";

/// The numbers of the entries that `command` prints, and the file; none where it is another command.
pub fn printed_entries(command: &str) -> Option<(Vec<&str>, &str)> {
    let (numbers, file) = command.strip_prefix(BEFORE)?.split_once(BEHIND)?;
    Some((numbers.split('|').collect(), file))
}

pub(super) fn check(_: &Guidance, pages: &[Chapter]) -> Result<(), Errors> {
    let mut errors = Errors::default();
    for page in pages {
        for (line, command) in command_lines(page) {
            if command.starts_with("awk ") {
                let wrong = wrong(page, &command).into_iter();
                errors.0.extend(
                    wrong.map(|what| Error::new(&page.file, line, format!("`{command}`: {what}"))),
                );
            }
        }
    }
    errors.or(())
}

/// What is wrong with a command of `page` that prints entries.
fn wrong(page: &Chapter, command: &str) -> Vec<String> {
    let Some((numbers, file)) = printed_entries(command) else {
        return vec![format!("does not have the form `{BEFORE}3|12{BEHIND}FILE`")];
    };
    let is_linked = |number: &str| {
        let entry = format!("{file}#{number}-");
        page.links
            .iter()
            .any(|link| link.target.starts_with(&entry))
    };
    let unknown = numbers.iter().filter(|number| !is_linked(number));
    unknown
        .map(|number| format!("{} does not link to an entry {number} of {file}", page.file))
        .collect()
}
