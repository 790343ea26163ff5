//! Every sentence of the chapters and of the contract that promises order, waiting or completeness is held: the file of promises names
//! a test or a block that would fail if it were false.
//!
//! Refuted by such a sentence that no entry of the file has, and by one that two have; by an entry whose words are in no such sentence
//! of its page, or in several; by a test, a block or a case that is gone, is not run, or cannot fail.

use std::collections::BTreeMap;
use std::path::Path;

use async_drop_corpus::{
    Chapter, Error, Errors, Verdict, anchor_without_number, is_beside, without_number,
};
use serde::Deserialize;
use toml::Spanned;

use crate::code::read;
use crate::guidance::Guidance;
use crate::text::{Sentence, Unit, sentences};

/// The folder of the contract's pages.
const CONTRACT: &str = "book/src/contract/";

/// The words that promise.
const PROMISING: [&str; 18] = [
    "first",
    "before",
    "after",
    "every",
    "each",
    "all",
    "always",
    "never",
    "only",
    "until",
    "at once",
    "as soon as",
    "last",
    "in order",
    "in their order",
    "awaits",
    "awaited",
    "waits",
];

/// The file of promises.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Promises {
    /// By page, and by words of the sentence with a promising one among them: what fails if it is false.
    held_by: BTreeMap<String, BTreeMap<String, Spanned<Vec<String>>>>,
    no_promise: Vec<NoPromise>,
}

/// Sentences of a page that have such words and promise nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoPromise {
    page: String,
    reason: Spanned<String>,
    /// Words of each, a promising one among them.
    words: Vec<Spanned<String>>,
}

/// Words that stand for a sentence, where the file of promises has them.
struct Entry<'a> {
    line: usize,
    page: &'a str,
    words: &'a str,
}

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    let file = guidance.layout.promises;
    let text = read(&guidance.root, file)?;
    let parsed: Promises =
        toml::from_str(&text).map_err(|error| Error::new(file, 1, format!("not TOML: {error}")))?;
    let line_of = |at: usize| text[..at].matches('\n').count() + 1;
    let mut errors = Errors::default();
    let mut entries = Vec::new();
    for (page, promises) in &parsed.held_by {
        for (words, held_by) in promises {
            let (line, held_by) = (line_of(held_by.span().start), held_by.get_ref());
            let nothing = held_by.is_empty();
            let nothing = nothing.then(|| format!("nothing holds \"{words}\""));
            let wrong = held_by.iter().filter_map(|by| no_hold(guidance, by));
            let wrong = wrong.chain(nothing);
            errors
                .0
                .extend(wrong.map(|what| Error::new(file, line, what)));
            entries.push(Entry { line, page, words });
        }
    }
    for listed in &parsed.no_promise {
        if listed.reason.get_ref().trim().is_empty() {
            let line = line_of(listed.reason.span().start);
            errors.0.push(Error::new(file, line, "no reason"));
        }
        entries.extend(listed.words.iter().map(|words| Entry {
            line: line_of(words.span().start),
            page: &listed.page,
            words: words.get_ref(),
        }));
    }
    for page in guidance.pages.iter().filter(|page| is_held(&page.file)) {
        let entries = entries.iter().filter(|entry| entry.page == page.file);
        let entries: Vec<&Entry> = entries.collect();
        unheld(guidance, page, &entries, &mut errors);
    }
    errors.0.sort();
    errors.or(())
}

fn is_held(page: &str) -> bool {
    !is_beside(page) || page.starts_with(CONTRACT)
}

/// Complains about promising sentences of `page` that none of its `entries` has, and about entries that do not have one sentence.
fn unheld(guidance: &Guidance, page: &Chapter, entries: &[&Entry], errors: &mut Errors) {
    let file = guidance.layout.promises;
    let said = guidance.said(page);
    let promising: Vec<Sentence> = said
        .units
        .iter()
        .filter(|unit| !is_title(unit))
        .flat_map(sentences)
        .filter(|sentence| promises(&sentence.blanked))
        .collect();
    let whole = |words: &str| promising.iter().any(|it| it.text == words);
    let has = |sentence: &Sentence, entry: &Entry| match whole(entry.words) {
        true => sentence.text == entry.words,
        false => sentence.text.contains(entry.words),
    };
    for entry in entries {
        let what = match promising.iter().filter(|it| has(it, entry)).count() {
            _ if !promises(&blanked(entry.words)) => {
                format!("\"{}\" has no promising word", entry.words)
            }
            1 => continue,
            0 => format!("{} does not promise \"{}\"", page.file, entry.words),
            count => format!(
                "{count} sentences of {} have \"{}\"",
                page.file, entry.words
            ),
        };
        errors.0.push(Error::new(file, entry.line, what));
    }
    for sentence in &promising {
        let text = &sentence.text;
        let what = match entries.iter().filter(|entry| has(sentence, entry)).count() {
            1 => continue,
            0 => format!("{file} names no test or block that holds \"{text}\""),
            count => format!("{file} has {count} entries for \"{text}\""),
        };
        errors.0.push(Error::new(&page.file, sentence.line, what));
    }
}

/// Whether words are the title of an entry: its heading, or a link of the contents.
fn is_title(unit: &Unit) -> bool {
    let starts = unit.pieces().next().map(|piece| piece.text.as_str());
    starts.is_some_and(|text| without_number(text) != text)
}

/// Whether a sentence has a promising word.
fn promises(blanked: &str) -> bool {
    let lower = blanked.to_lowercase();
    PROMISING.iter().any(|word| {
        let mut places = lower.match_indices(word);
        places.any(|(at, word)| {
            let is_letter = |ch: char| ch.is_alphanumeric();
            !lower[..at].ends_with(is_letter) && !lower[at + word.len()..].starts_with(is_letter)
        })
    })
}

/// `words` with blanks in place of code.
fn blanked(words: &str) -> String {
    let parts = words.split('`').enumerate();
    parts
        .map(|(at, part)| if at % 2 == 0 { part } else { " " })
        .collect()
}

/// Why `by` holds nothing.
fn no_hold(guidance: &Guidance, by: &str) -> Option<String> {
    if let Some((file, name)) = by.split_once("::") {
        no_test(&guidance.root, file, name)
    } else if let Some((page, block)) = by.split_once('#') {
        no_block(guidance, page, block)
    } else {
        no_case(&guidance.root, by)
    }
}

/// Why the test `name` of `file` holds nothing.
fn no_test(root: &Path, file: &str, name: &str) -> Option<String> {
    let source = match read(root, file) {
        Ok(source) => source,
        Err(error) => return Some(error.to_string()),
    };
    let name = name.rsplit("::").next().unwrap_or(name);
    (!has_test(&source, name)).then(|| format!("{file} has no test `{name}`"))
}

/// Whether `source` has a test of this name that is run, or hands the name to a macro of its own that makes one.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim_start).collect();
    let is_test = |at: usize| {
        let attributes = lines[..at]
            .iter()
            .rev()
            .take_while(|line| line.starts_with("#["));
        let attributes: Vec<&&str> = attributes.collect();
        let is = |start: &str| attributes.iter().any(|line| line.starts_with(start));
        (is("#[test]") || is("#[tokio::test")) && !is("#[ignore")
    };
    let declares = |line: &str, name: &str| {
        let rest = line
            .strip_prefix("async ")
            .unwrap_or(line)
            .strip_prefix("fn ");
        rest.and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| !rest.starts_with(|ch: char| ch.is_alphanumeric() || ch == '_'))
    };
    let some = |name: &str, is_whole: bool| {
        (0..lines.len()).any(|at| {
            let is_named = match is_whole {
                true => declares(lines[at], name),
                false => lines[at].starts_with(&format!("fn {name}")),
            };
            is_named && is_test(at)
        })
    };
    some(name, true) || (some("$", false) && lines.contains(&name))
}

/// Why `block`, which is the anchor of a section of `page` without its number and the number of the block there, holds nothing.
fn no_block(guidance: &Guidance, page: &str, block: &str) -> Option<String> {
    let form = || Some(format!("`{page}#{block}` is not `page.md#title/1`"));
    let Some((anchor, number)) = block.rsplit_once('/') else {
        return form();
    };
    let Ok(number) = number.parse::<usize>() else {
        return form();
    };
    let Some(chapter) = guidance.pages.iter().find(|chapter| chapter.file == page) else {
        return Some(format!("there is no page {page}"));
    };
    let is_there = |slug: &str| anchor_without_number(slug) == anchor;
    let mut blocks = chapter
        .blocks
        .iter()
        .filter(|it| is_there(&it.section_slug));
    match blocks.nth(number.wrapping_sub(1)) {
        None => Some(format!("{page} has no block {number} under `{anchor}`")),
        Some(block) if matches!(block.verdict, Verdict::Signature | Verdict::Example) => Some(
            format!("block {number} under `{anchor}` of {page} is not run"),
        ),
        Some(_) => None,
    }
}

/// Why `case`, a program that rustc rejects, holds nothing.
fn no_case(root: &Path, case: &str) -> Option<String> {
    let recorded = case
        .strip_suffix(".rs")
        .map(|name| format!("{name}.stderr"));
    let is_there = |file: &str| root.join(file).is_file();
    let is_case = recorded.is_some_and(|recorded| is_there(case) && is_there(&recorded));
    (!is_case).then(|| {
        format!("`{case}` is neither `file.rs::test`, `page.md#title/1` nor a program with what rustc says of it beside it")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_promise_as_words_and_outside_of_code() {
        for (words, expected) in [
            ("The First one", true),
            ("at once", true),
            ("call `first` of it", false),
            ("firstly, onlyness, beforehand", false),
            ("small, and reach each.", true),
            ("all", true),
        ] {
            assert_eq!(promises(&blanked(words)), expected, "{words}");
        }
    }

    #[test]
    fn a_test_has_its_attribute_and_is_run() {
        let source = "
            #[test]
            #[should_panic]
            fn runs() {}
            #[test]
            #[ignore]
            fn is_ignored() {}
            fn helps() {}
            #[tokio::test(start_paused = true)]
            async fn awaits() {}
            macro_rules! tests { ($($name:ident)+) => {$(
                #[test]
                fn $name() {}
            )+} }
            tests! {
                made
            }";
        for (name, expected) in [
            ("runs", true),
            ("run", false),
            ("is_ignored", false),
            ("helps", false),
            ("awaits", true),
            ("made", true),
            ("mad", false),
        ] {
            assert_eq!(has_test(source, name), expected, "{name}");
        }
    }
}
