//! Every entry of the gotchas has both sides: a block that is wrong, and after it one that is right and differs by what the entry says.
//!
//! An entry is a heading of the second level. Two fifths of the longer block's tokens stand in the other, in order. What one of them
//! calls, selects, names by a path or writes as a literal more often than the other stands in code in the entry's prose above the
//! right block. Free are names of variables, what makes, looks at and returns results, and the ways to clean up: a right block takes
//! one that survives a cancellation. Refuted by an entry without one of the sides, and by a difference that no rule explains.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use async_drop_corpus::{Block, Chapter, Error, Errors, Heading, Verdict};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::guidance::Guidance;

/// What of the longer block both have to share, in percent of its tokens: with less, a reader compares two programs instead of
/// seeing one change.
const SHARED: usize = 40;

/// What no rule has to name: how a block makes a value, looks at a result and ends.
const GLUE: [&str; 7] = ["new", "Ok", "Err", "Some", "None", "Error", "assert"];

/// The ways to clean up, which the chapter's introduction tells: a right block takes one that survives a cancellation.
const CLEANUP: [&str; 4] = [
    "async_drop",
    "cancel_safe",
    "new_cancel_safe",
    "with_async_drop",
];

pub(super) fn check(guidance: &Guidance, pages: &[Chapter]) -> Result<(), Errors> {
    let mut pages = pages.iter();
    let gotchas = pages.find(|page| page.file == guidance.layout.gotchas);
    gotchas.map_or(Ok(()), check_entries)
}

fn check_entries(chapter: &Chapter) -> Result<(), Errors> {
    let mut errors = Errors::default();
    let mut entries = chapter
        .headings
        .iter()
        .filter(|heading| heading.level == 2)
        .peekable();
    while let Some(entry) = entries.next() {
        let end = entries.peek().map_or(usize::MAX, |next| next.line);
        match sides(chapter, entry, end) {
            Ok((wrong, right)) => {
                let named = words_of(chapter, entry.line..right.line);
                errors.0.extend(differences(wrong, right, &named));
            }
            Err(what) => {
                let what = format!("entry \"{}\" {what}", entry.text);
                errors.0.push(Error::new(&chapter.file, entry.line, what));
            }
        }
    }
    errors.or(())
}

/// The first wrong block of an entry, and the first right one after it.
fn sides<'a>(
    chapter: &'a Chapter,
    entry: &Heading,
    end: usize,
) -> Result<(&'a Block, &'a Block), String> {
    let mut blocks = chapter
        .blocks
        .iter()
        .filter(|block| (entry.line..end).contains(&block.line));
    let wrong = blocks
        .find(|block| {
            matches!(
                block.verdict,
                Verdict::CompileFail | Verdict::ShouldPanic | Verdict::Leaks
            )
        })
        .ok_or("shows nothing wrong: it needs a block that is `compile_fail`, `should_panic` or `leaks`")?;
    let right = blocks
        .find(|block| matches!(block.verdict, Verdict::Right { .. } | Verdict::RightOnce))
        .ok_or_else(|| {
            format!(
                "shows nothing right after the wrong block in line {}",
                wrong.line
            )
        })?;
    Ok((wrong, right))
}

/// The words of the code in prose on these lines.
fn words_of(chapter: &Chapter, lines: Range<usize>) -> BTreeSet<&str> {
    let spans = chapter.code_spans.iter();
    spans
        .filter(|span| lines.contains(&span.line))
        .flat_map(|span| {
            span.text
                .split(|ch: char| !ch.is_alphanumeric() && ch != '_')
        })
        .filter(|word| !word.is_empty())
        .collect()
}

fn differences(wrong: &Block, right: &Block, named: &BTreeSet<&str>) -> Vec<Error> {
    let tokens = match (tokens(wrong), tokens(right)) {
        (Ok(wrong), Ok(right)) => (wrong, right),
        (wrong, right) => return [wrong.err(), right.err()].into_iter().flatten().collect(),
    };
    let mut errors = Vec::new();
    let line = wrong.line;
    let error = |what: String| Error::new(&right.file, right.line, what);
    let shared = shared(&tokens.0, &tokens.1);
    if shared < SHARED {
        errors.push(error(format!(
            "section \"{}\": the right block shares {shared}% of its code with the wrong one in line {line}, and has to share {SHARED}%",
            right.section
        )));
    }
    let unexplained: Vec<String> = changes(&tokens.0, &tokens.1)
        .into_iter()
        .filter(|word| !named.contains(word) && !GLUE.contains(word) && !CLEANUP.contains(word))
        .map(|word| format!("`{word}`"))
        .collect();
    if !unexplained.is_empty() {
        errors.push(error(format!(
            "section \"{}\": the right block has more or fewer of these than the wrong one in line {line}, and the rule names none of them: {}",
            right.section,
            unexplained.join(", ")
        )));
    }
    errors
}

/// The telling words that do not stand in both equally often.
fn changes<'a>(wrong: &'a [String], right: &'a [String]) -> BTreeSet<&'a str> {
    let (wrong, right) = (telling(wrong), telling(right));
    let words = wrong.keys().chain(right.keys()).copied();
    words
        .filter(|word| wrong.get(word) != right.get(word))
        .collect()
}

/// How much of the longer sequence stands in the other, in order, in percent.
fn shared(one: &[String], other: &[String]) -> usize {
    let equal: usize = capture_diff_slices(Algorithm::Myers, one, other)
        .iter()
        .map(|op| match op {
            DiffOp::Equal { len, .. } => *len,
            _ => 0,
        })
        .sum();
    100 * equal / one.len().max(other.len()).max(1)
}

/// The words that say what the code does, with how often they stand there: what it calls, what it names by a path or with a
/// capital, what it selects with a dot, and literals.
fn telling(tokens: &[String]) -> BTreeMap<&str, usize> {
    let mut words = BTreeMap::new();
    for (index, token) in tokens.iter().enumerate() {
        let near = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map_or("", String::as_str);
        let (before, after) = (near(index.checked_sub(1)), near(Some(index + 1)));
        let word = token.starts_with(|ch: char| ch.is_alphabetic() || ch == '_');
        let literal = token.starts_with(|ch: char| ch.is_ascii_digit() || ch == '"');
        let named = token.starts_with(char::is_uppercase)
            || [".", ":"].contains(&before)
            || ["(", "!", ":"].contains(&after);
        if literal || word && named && !is_keyword(token) {
            *words.entry(token.as_str()).or_default() += 1;
        }
    }
    words
}

fn is_keyword(word: &str) -> bool {
    // `Self` and `self` parse as paths, too; every other keyword does not.
    word.eq_ignore_ascii_case("self") || syn::parse_str::<syn::Ident>(word).is_err()
}

/// The block's tokens; comments are none.
fn tokens(block: &Block) -> Result<Vec<String>, Error> {
    let stream: TokenStream = block.code.parse().map_err(|error| {
        let what = format!("section \"{}\": not Rust: {error}", block.section);
        Error::new(&block.file, block.line, what)
    })?;
    let mut tokens = Vec::new();
    flatten(stream, &mut tokens);
    Ok(tokens)
}

fn flatten(stream: TokenStream, tokens: &mut Vec<String>) {
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(open.to_owned());
                flatten(group.stream(), tokens);
                tokens.push(close.to_owned());
            }
            tree => tokens.push(tree.to_string()),
        }
    }
}
