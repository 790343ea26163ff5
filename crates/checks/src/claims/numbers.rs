//! Every number in the words of the four chapters is one of the file of numbers, and each number there is what its source says.
//!
//! A reference, such as "gotcha 7" or "rules 1 to 3", needs no source; it has to lead to an entry with this number. Refuted by a number
//! without a claim, by a reference to another number, and by a claim whose words or source have changed.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use async_drop_corpus::{Chapter, Error, Errors, is_beside, is_chapter, slug};
use serde::Deserialize;

use crate::code::read;
use crate::guidance::Guidance;
use crate::text::{Unit, words};

/// Numbers that are written as words, by their value from two on.
const WORDS: [&str; 11] = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
];

/// What makes "one" and "a" a number.
const UNITS: [&str; 6] = ["millisecond", "second", "minute", "hour", "day", "byte"];

/// What a number refers to, and no source is needed for.
const REFERENCES: [&str; 8] = [
    "gotcha", "gotchas", "helper", "helpers", "pattern", "patterns", "rule", "rules",
];

#[derive(Deserialize)]
struct Claims {
    number: Vec<toml::Spanned<Claim>>,
}

/// A number in prose, and where it is from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    /// The page.
    page: String,
    /// Words of the page with the number in them.
    words: String,
    source: String,
    /// Words of the source, one for each number.
    says: Vec<String>,
    /// Where the source's words have no number: the start of the words in them that make it up when counted.
    counts: Option<String>,
}

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    let (root, chapters) = (&guidance.root, &guidance.pages);
    let claims = guidance.layout.numbers;
    let text = read(root, claims)?;
    let parsed: Claims = toml::from_str(&text)
        .map_err(|error| Error::new(claims, 1, format!("not TOML: {error}")))?;
    let mut errors = Errors::default();
    for claim in &parsed.number {
        let line = text[..claim.span().start].matches('\n').count() + 1;
        let claim = claim.get_ref();
        // A page that is not here is not what is checked.
        if let Some(page) = chapters.iter().find(|page| page.file == claim.page) {
            let what = refute(root, claim, &guidance.said(page).units);
            errors
                .0
                .extend(what.map(|what| Error::new(claims, line, what)));
        }
    }
    let is_held = |chapter: &&Chapter| is_chapter(&chapter.file) || !is_beside(&chapter.file);
    for chapter in chapters.iter().filter(is_held) {
        let said = guidance.said(chapter);
        let claimed = parsed.number.iter().map(toml::Spanned::get_ref);
        let claimed: Vec<&Claim> = claimed.filter(|claim| claim.page == chapter.file).collect();
        for (at, unit) in said.units.iter().enumerate() {
            let items = said.units[at + 1..]
                .iter()
                .take_while(|unit| unit.is_item)
                .count();
            unclaimed(chapter, unit, items, &claimed, claims, &mut errors);
        }
    }
    errors.or(())
}

/// What is wrong with a claim.
fn refute(root: &Path, claim: &Claim, units: &[Unit]) -> Option<String> {
    if !units
        .iter()
        .any(|unit| text_of(unit).contains(&claim.words))
    {
        return Some(format!("{} does not say \"{}\"", claim.page, claim.words));
    }
    let source = match read(root, &claim.source) {
        Ok(source) => source.split_whitespace().collect::<Vec<_>>().join(" "),
        Err(error) => return Some(error.to_string()),
    };
    if let Some(says) = claim
        .says
        .iter()
        .find(|says| !source.contains(says.as_str()))
    {
        return Some(format!("{} does not say \"{says}\"", claim.source));
    }
    let said: Vec<String> = numbers(&claim.words)
        .into_iter()
        .map(|(_, value)| value)
        .collect();
    let known: Vec<String> = claim
        .says
        .iter()
        .flat_map(|says| match &claim.counts {
            Some(counted) => vec![count(says, counted).to_string()],
            None => numbers(says).into_iter().map(|(_, value)| value).collect(),
        })
        .collect();
    (said != known).then(|| {
        format!(
            "{} says {} (\"{}\"), {} says {} (\"{}\")",
            claim.page,
            said.join(", "),
            claim.words,
            claim.source,
            known.join(", "),
            claim.says.join("\", \"")
        )
    })
}

/// How many words in `text` start with `word`.
fn count(text: &str, word: &str) -> usize {
    let starts = |at: &usize| !text[..*at].ends_with(|ch: char| ch.is_alphanumeric() || ch == '_');
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(starts)
        .count()
}

/// Complains about the numbers of a unit, before as many `items` of a list, that no claim has, and about references to other entries.
fn unclaimed(
    chapter: &Chapter,
    unit: &Unit,
    items: usize,
    claims: &[&Claim],
    file: &str,
    errors: &mut Errors,
) {
    let whole = text_of(unit);
    let covered: Vec<Range<usize>> = claims
        .iter()
        .flat_map(|claim| whole.match_indices(claim.words.as_str()))
        .map(|(at, words)| at..at + words.len())
        .collect();
    let starts = starts_of(unit);
    for (range, value) in numbers(&blanked(unit)) {
        let line = starts
            .range(..=range.start)
            .next_back()
            .map_or(unit.line, |(_, line)| *line);
        let is_title = range.start == 0 && whole[range.end..].starts_with(". ");
        if is_title {
            let wrong = wrong_title(chapter, line, &whole, &value);
            errors
                .0
                .extend(wrong.map(|what| Error::new(&chapter.file, line, what)));
        } else if items > 0 && whole.ends_with(':') && !whole[range.end..].contains(['.', ';']) {
            let said = value != items.to_string();
            let what = format!("{value} are said to follow, the list has {items}");
            errors
                .0
                .extend(said.then(|| Error::new(&chapter.file, line, what)));
        } else if let Some(kind) = reference(&whole[..range.start]) {
            let wrong = wrong_reference(chapter, line, kind, &value);
            errors
                .0
                .extend(wrong.map(|what| Error::new(&chapter.file, line, what)));
        } else if !covered
            .iter()
            .any(|words| words.start <= range.start && range.end <= words.end)
        {
            let from = whole[..range.start].rfind(". ").map_or(0, |at| at + 2);
            let words = whole[from..]
                .split_inclusive(['.', ';', ':'])
                .next()
                .unwrap_or_default();
            let what = format!("the number in \"{}\" has no source in {file}", words.trim());
            errors.0.push(Error::new(&chapter.file, line, what));
        }
    }
}

/// What is wrong with a title `N. Words`: of an entry, which are numbered through, or of a link to one.
fn wrong_title(chapter: &Chapter, line: usize, words: &str, value: &str) -> Option<String> {
    let is_numbered = |text: &str| text.starts_with(|ch: char| ch.is_ascii_digit());
    if chapter.headings.iter().any(|heading| heading.line == line) {
        let before = chapter
            .headings
            .iter()
            .filter(|heading| heading.line <= line);
        let count = before.filter(|heading| is_numbered(&heading.text)).count();
        return (value != count.to_string()).then(|| format!("entry {value} is the entry {count}"));
    }
    let expected = slug(&words.replace('`', ""));
    let mut links = chapter.links.iter().filter(|link| link.line == line);
    let leads = links.any(|link| anchor(&link.target) == Some(&expected));
    (!leads).then(|| format!("\"{words}\" does not link to #{expected}"))
}

/// What the words before a number say that it is the number of.
fn reference(before: &str) -> Option<&'static str> {
    let mut words = before.split_whitespace().rev();
    let mut last = words.next()?;
    if ["to", "and"].contains(&last) {
        words.next()?;
        last = words.next()?;
    }
    let last = last.trim_start_matches(['(', '[']).to_lowercase();
    REFERENCES.into_iter().find(|word| *word == last)
}

/// What is wrong with a reference to entry `value`.
fn wrong_reference(chapter: &Chapter, line: usize, kind: &str, value: &str) -> Option<String> {
    if kind.starts_with("rule") {
        let is_rule = |text: &str| text.starts_with(&format!("{value}. "));
        let under = |at: usize| chapter.section_of(at) == "Rules";
        let mut lines = chapter.text.lines().enumerate();
        let exists = lines.any(|(index, text)| under(index + 1) && is_rule(text));
        return (!exists).then(|| format!("there is no rule {value}"));
    }
    let page = format!("{}s.md", kind.trim_end_matches('s'));
    // The words of a link may start on the line before the number.
    let target = chapter
        .links
        .iter()
        .filter(|link| link.line + 1 >= line && link.line <= line)
        .find(|link| {
            let (file, anchor) = link.target.split_once('#').unwrap_or_default();
            let file = if file.is_empty() { &chapter.file } else { file };
            file.ends_with(&page) && anchor.starts_with(&format!("{value}-"))
        });
    target
        .is_none()
        .then(|| format!("`{kind} {value}` links to no entry {value}"))
}

fn anchor(target: &str) -> Option<&str> {
    target.split_once('#').map(|(_, anchor)| anchor)
}

/// The words of a unit, code between backticks.
fn text_of(unit: &Unit) -> String {
    text_with(unit, |code| format!("`{code}`"))
}

/// The same with as many blanks in place of code.
fn blanked(unit: &Unit) -> String {
    text_with(unit, |code| "`".repeat(code.len() + 2))
}

fn text_with(unit: &Unit, code: impl Fn(&str) -> String) -> String {
    let cells = unit.cells.iter().map(|cell| words(cell, &code));
    cells.collect::<Vec<_>>().join(" | ")
}

/// Where each piece of a unit starts in its words, with its line.
fn starts_of(unit: &Unit) -> BTreeMap<usize, usize> {
    let mut starts = BTreeMap::new();
    let mut at = 0;
    for cell in &unit.cells {
        for piece in cell {
            starts.insert(at, piece.line);
            at += piece.text.len() + if piece.is_code { 2 } else { 0 };
        }
        at += " | ".len();
    }
    starts
}

/// The numbers in `text`, each with its value in digits: `1,000`, `two`, and `one` or `a` before a unit.
fn numbers(text: &str) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let is_word = |ch: char| ch.is_alphanumeric() || "_.,#".contains(ch);
    let mut at = 0;
    for token in text.split_inclusive(|ch| !is_word(ch)) {
        let start = at;
        at += token.len();
        let word = token
            .trim_end_matches(|ch| !is_word(ch))
            .trim_end_matches(['.', ',']);
        let lower = word.to_lowercase();
        let value = if lower.starts_with(|ch: char| ch.is_ascii_digit()) {
            let digits = lower.trim_end_matches(|ch: char| ch.is_alphabetic());
            let digits = digits.replace([',', '_'], "");
            Some(digits.strip_suffix(".0").unwrap_or(&digits).to_owned())
        } else if let Some(index) = WORDS.iter().position(|name| *name == lower) {
            Some((index + 2).to_string())
        } else {
            let is_one = ["one", "a", "an"].contains(&lower.as_str());
            (is_one && is_unit(&text[at..], lower == "one")).then(|| "1".to_owned())
        };
        found.extend(value.map(|value| (start..start + word.len(), value)));
    }
    found
}

/// Whether `rest` starts with a unit of measure; behind "a", which goes with ordinals too, only where nothing follows it.
fn is_unit(rest: &str, may_go_on: bool) -> bool {
    UNITS.iter().any(|unit| {
        rest.strip_prefix(unit).is_some_and(|rest| {
            let rest = rest.strip_prefix('s').unwrap_or(rest);
            rest.is_empty()
                || rest.starts_with(['.', ',', ';', ':', ')'])
                || (may_go_on && rest.starts_with(' '))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_counts_or_measures_is_a_number() {
        for (text, expected) in [
            ("for one second, then", "1"),
            ("gives up after a second.", "1"),
            ("a second value, the other one", ""),
            ("two to eight futures", "2 8"),
            ("the latest 1,000 of them, 1.5 each", "1000 1.5"),
            ("query #1 fails", ""),
            ("Duration::from_secs(10)", "10"),
            ("one after the other", ""),
        ] {
            let found: Vec<String> = numbers(text).into_iter().map(|(_, value)| value).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn words_are_counted_by_their_start() {
        assert_eq!(count("(FA A, FE E, FF F)", "F"), 4);
        assert_eq!(count("(FA A, FE G, FF H)", "F"), 3);
    }
}
