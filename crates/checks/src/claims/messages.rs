//! Every message that prose quotes is one of the library's, every error code one that a recorded diagnostic has, and every leak one
//! that a block is quoted with.
//!
//! A message is code in prose, or what stands between quotation marks in front matter, that reads as a sentence: it starts with a
//! capital and has three words or more. Refuted where the library's code does not say what stands before its `…` and between its
//! `{…}`; an error code such as `E0382`, where no diagnostic has it; what the explorer says, such as `leaks when nothing fails`,
//! where no block has these words.

use async_drop_corpus::{Chapter, Error, Errors};

use crate::guidance::Guidance;
use crate::text::{Kind, is_message, kind, literals};

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    let code = &guidance.code;
    let blocks = guidance.pages.iter().flat_map(|page| &page.blocks);
    let quotes: Vec<&str> = blocks
        .filter_map(|block| Some(block.quote.as_ref()?.text.as_str()))
        .collect();
    let mut errors = Errors::default();
    for chapter in &guidance.pages {
        for (line, words) in quoted(chapter) {
            let missing = if is_error_code(words) {
                let recorded = guidance.layout.recorded;
                (!code.is_recorded(words))
                    .then(|| format!("no recorded diagnostic in {recorded} has the code {words}"))
            } else if is_message(words) {
                let start = words.split('…').next().unwrap_or_default().trim();
                let unsaid = literals(start)
                    .into_iter()
                    .find(|part| !code.says(part.trim_end()));
                let sources = code.library_sources();
                unsaid.map(|part| format!("nothing in {sources} says \"{}\"", part.trim()))
            } else if kind(words) == Kind::Leak {
                let is_shown = quotes
                    .iter()
                    .any(|quote| quote.lines().any(|line| line == words));
                (!is_shown).then(|| format!("no block of the chapters is quoted with \"{words}\""))
            } else {
                None
            };
            errors
                .0
                .extend(missing.map(|what| Error::new(&chapter.file, line, what)));
        }
    }
    errors.or(())
}

/// What might be a message, with its line.
fn quoted(chapter: &Chapter) -> impl Iterator<Item = (usize, &str)> {
    let front_matter = chapter.front_matter.as_deref().unwrap_or_default();
    let spans = chapter.code_spans.iter();
    front_matter
        .lines()
        .enumerate()
        // The first line is the `---`.
        .flat_map(|(index, line)| {
            line.split('"')
                .skip(1)
                .step_by(2)
                .map(move |words| (index + 2, words))
        })
        .chain(spans.map(|span| (span.line, span.text.as_str())))
}

fn is_error_code(code: &str) -> bool {
    code.len() == 5 && code.starts_with('E') && code[1..].bytes().all(|byte| byte.is_ascii_digit())
}
