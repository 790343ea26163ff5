use std::path::Path;
use std::{fs, io};

use async_drop_corpus::{Chapter, Error, Errors};

use crate::text::span::{Kind, is_message, kind, literals};

/// Checks that every message that prose quotes is one of the library's, and every error code one that a recorded diagnostic has.
///
/// A message is code in prose, or what stands between quotation marks in front matter, that reads as a sentence: it starts with
/// a capital and has three words or more. What stands before its `…`, and between its `{…}`, must be found in a `.rs` file below
/// `code`; an error code such as `E0382`, in a file below `recorded`; what the explorer says, such as `leaks when nothing fails`, in
/// the words that a block is quoted with.
///
/// # Errors
///
/// One for each message or code that is not found; or if a folder cannot be read.
pub fn check_messages(
    chapters: &[Chapter],
    root: &Path,
    code: &str,
    recorded: &str,
) -> Result<(), Errors> {
    let text = |folder: &str, ending| {
        let mut all = String::new();
        read(&root.join(folder), ending, &mut all)
            .map_err(|error| Error::new(folder, 1, format!("cannot be read: {error}")))?;
        Ok::<_, Error>(all)
    };
    let (source, diagnostics) = (text(code, ".rs")?, text(recorded, ".stderr")?);
    let blocks = chapters.iter().flat_map(|chapter| &chapter.blocks);
    let quotes: Vec<&str> = blocks
        .filter_map(|block| Some(block.quote.as_ref()?.text.as_str()))
        .collect();
    let mut errors = Errors::default();
    for chapter in chapters {
        for (line, words) in quoted(chapter) {
            let missing = if is_error_code(words) {
                (!diagnostics.contains(&format!("error[{words}]")))
                    .then(|| format!("no recorded diagnostic in {recorded} has the code {words}"))
            } else if is_message(words) {
                let start = words.split('…').next().unwrap_or_default().trim();
                let unsaid = literals(start)
                    .into_iter()
                    .find(|part| !source.contains(part.trim_end()));
                unsaid.map(|part| format!("nothing in {code} says \"{}\"", part.trim()))
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

fn read(folder: &Path, ending: &str, all: &mut String) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, ending, all)?;
        } else if path.to_string_lossy().ends_with(ending) {
            let text = fs::read_to_string(&path)?;
            // Docs may quote a message that the code no longer says.
            let code = text
                .split_inclusive('\n')
                .filter(|line| !line.trim_start().starts_with("//"));
            all.extend(code);
        }
    }
    Ok(())
}
