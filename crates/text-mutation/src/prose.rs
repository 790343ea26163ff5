//! Changes around blocks: inline code, links, numbers, paths, commands, tables, front matter.

use std::ops::Range;

use crate::code::{is_name, renamed};
use crate::mutation::{Kind, Mutation};
use crate::page::{Link, Page};
use crate::quotes::{next_number, words};

/// The programs whose command lines the pages show.
const PROGRAMS: [&str; 3] = ["cargo ", "git ", "mdbook "];

pub(crate) fn mutate(page: &Page, found: &mut Vec<Mutation>) {
    front_matter(page, found);
    for range in &page.code {
        inline_code(page, range.clone(), found);
    }
    for range in &page.words {
        let in_link = |link: &Link| {
            let leads_to_entry = page.text()[link.target.clone()].contains('#');
            leads_to_entry && link.words.start <= range.start && range.end <= link.words.end
        };
        let kind = match page.links.iter().any(in_link) {
            true => Kind::LinkNumber,
            false => Kind::Number,
        };
        numbers(page, kind, range.clone(), found);
    }
    links(page, found);
    for fence in &page.fences {
        if &page.text()[fence.info.clone()] == "sh" {
            command(page, fence.code.clone(), found);
        }
    }
    for row in &page.rows {
        if names_alone(page, row) {
            let before = page.text()[row.clone()].trim().to_owned();
            found.push(page.mutation(
                Kind::Row,
                row.clone(),
                String::new(),
                before,
                "nothing".to_owned(),
            ));
        }
    }
}

/// Whether a row of helpers.md names something in its first cell that nothing else in the chapter does.
///
/// A table elsewhere with a row less says less, and nothing false.
fn names_alone(page: &Page, row: &Range<usize>) -> bool {
    let text = page.text();
    if page.chapter.file != "helpers.md" {
        return false;
    }
    let first_cell = text[row.clone()].match_indices('|').nth(1);
    let cell = row.start..first_cell.map_or(row.end, |(at, _)| row.start + at);
    let code = page
        .code
        .iter()
        .find(|code| cell.start <= code.start && code.end <= cell.end);
    code.is_some_and(|code| {
        let named = &text[code.clone()];
        is_name(named) && !text[..row.start].contains(named) && !text[row.end..].contains(named)
    })
}

/// The words of a part of the text, each with its place in the whole.
fn words_in(page: &Page, range: Range<usize>) -> Vec<(Range<usize>, &str)> {
    words(&page.text()[range.clone()])
        .into_iter()
        .map(|word| range.start + word.start..range.start + word.end)
        .map(|word| (word.clone(), &page.text()[word]))
        .collect()
}

fn numbers(page: &Page, kind: Kind, range: Range<usize>, found: &mut Vec<Mutation>) {
    for (at, word) in words_in(page, range) {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            found.push(page.replace_in_line(kind, at, &next_number(word)));
        }
    }
}

fn front_matter(page: &Page, found: &mut Vec<Mutation>) {
    let Some(front_matter) = &page.chapter.front_matter else {
        return;
    };
    let Some(start) = page.text().find(front_matter.as_str()) else {
        return;
    };
    let mut quoted = false;
    let mut from = start;
    for part in front_matter.split('"') {
        let range = from..from + part.len();
        if quoted {
            message(page, range, found);
        } else {
            for (at, word) in words_in(page, range) {
                let is_field = page.text()[at.end..].starts_with(": ");
                let of_name = page.text()[..at.start].ends_with("\nname: ");
                if is_code(word) || is_field || of_name {
                    found.push(page.replace(Kind::FrontMatter, at, renamed(word)));
                }
            }
        }
        quoted = !quoted;
        from += part.len() + 1;
    }
}

/// Whether a word cannot be one of plain prose: it has an underscore, or a capital after its first letter.
fn is_code(word: &str) -> bool {
    word.contains('_') || word.chars().skip(1).any(|ch| ch.is_ascii_uppercase())
}

fn inline_code(page: &Page, range: Range<usize>, found: &mut Vec<Mutation>) {
    let code = &page.text()[range.clone()];
    if PROGRAMS.iter().any(|program| code.starts_with(program)) {
        command(page, range, found);
    } else if is_message(code) {
        message(page, range, found);
    } else if is_path(code) {
        for (at, word) in words_in(page, range) {
            found.push(page.replace_in_line(Kind::Path, at, &renamed(word)));
        }
    } else if code.starts_with("--") {
        flag(page, range, found);
    } else {
        for (at, word) in words_in(page, range.clone()) {
            if word.len() > 1 && is_name(word) && !is_argument(page.text(), &range, &at) {
                found.push(page.replace_in_line(Kind::CodeName, at, &renamed(word)));
            }
        }
        numbers(page, Kind::Number, range, found);
    }
}

/// Whether a word of inline code is an argument or is bound by a pattern: its name stands for whatever the reader has.
fn is_argument(text: &str, code: &Range<usize>, word: &Range<usize>) -> bool {
    let before = &text[code.start..word.start];
    let after = &text[word.end..code.end];
    let is_inside =
        |open: char, close: char| before.matches(open).count() > before.matches(close).count();
    let is_bound = ["let ", "let mut ", "|", "|mut "]
        .iter()
        .any(|start| before.ends_with(start));
    (is_bound || is_inside('(', ')') || is_inside('[', ']') && !before.starts_with('#'))
        && text[word.clone()].starts_with(|ch: char| ch.is_ascii_lowercase() || ch == '_')
        && !before.ends_with(['.', ':', '_'])
        && !after.starts_with(['(', '!', '.', ':', '='])
}

/// Whether code reads as a sentence.
fn is_message(code: &str) -> bool {
    let is_prose = |ch: char| ch.is_alphanumeric() || " _:,.'…{}(?)".contains(ch);
    code.starts_with(|ch: char| ch.is_ascii_uppercase())
        && code.split(' ').count() >= 3
        && !code.contains("::")
        && code.chars().all(is_prose)
}

fn is_path(code: &str) -> bool {
    let is_of_path = |ch: char| ch.is_alphanumeric() || "/._-~".contains(ch);
    let ends_as_file = [".md", ".rs", ".toml", ".stderr"]
        .iter()
        .any(|ending| code.ends_with(ending));
    code.chars().all(is_of_path) && (code.contains('/') || ends_as_file)
}

fn message(page: &Page, range: Range<usize>, found: &mut Vec<Mutation>) {
    for (at, word) in words_in(page, range) {
        // Braces hold what varies.
        let varies = page.text()[..at.start].ends_with('{');
        if word.len() > 2 && !varies {
            let is_first = word.starts_with(|ch: char| ch.is_ascii_uppercase());
            let with = if is_first { "Other" } else { "other" };
            found.push(page.replace_in_line(Kind::Message, at, with));
        }
    }
}

fn command(page: &Page, range: Range<usize>, found: &mut Vec<Mutation>) {
    let mut at = range.start;
    for word in page.text()[range].split_inclusive([' ', '\n']) {
        let bare = word.trim_end();
        let range = at..at + bare.len();
        at += word.len();
        if bare.starts_with("--") && bare.len() > 2 {
            flag(page, range, found);
        } else if bare.chars().any(char::is_alphanumeric) {
            for (at, part) in words_in(page, range) {
                found.push(page.replace_in_line(Kind::Command, at, &renamed(part)));
            }
        }
    }
}

fn flag(page: &Page, range: Range<usize>, found: &mut Vec<Mutation>) {
    let with = format!("{}x", &page.text()[range.clone()]);
    found.push(page.replace_in_line(Kind::Flag, range, &with));
}

fn links(page: &Page, found: &mut Vec<Mutation>) {
    let text = page.text();
    for link in &page.links {
        let target = &text[link.target.clone()];
        if target.contains("://") {
            continue;
        }
        let (path, anchor) = match target.split_once('#') {
            Some((path, anchor)) => (path, Some(anchor)),
            None => (target, None),
        };
        if !path.is_empty() {
            let with = format!("x{target}");
            found.push(page.replace_in_line(Kind::LinkTarget, link.target.clone(), &with));
        }
        let Some(anchor) = anchor else {
            continue;
        };
        let with = format!("{target}x");
        found.push(page.replace_in_line(Kind::LinkAnchor, link.target.clone(), &with));
        if path.is_empty()
            && let Some(other) = neighbour(page, anchor)
        {
            let with = format!("#{other}");
            found.push(page.replace_in_line(Kind::LinkEntry, link.target.clone(), &with));
        } else if let Some(other) = linked_besides(page, path, anchor) {
            found.push(page.replace_in_line(Kind::LinkEntry, link.target.clone(), &other));
        }
    }
}

/// The anchor of the numbered heading behind the one with `anchor`, or else of the one before it.
fn neighbour<'a>(page: &'a Page, anchor: &str) -> Option<&'a str> {
    let numbered: Vec<&str> = page
        .chapter
        .headings
        .iter()
        .map(|heading| heading.slug.as_str())
        .filter(|slug| slug.starts_with(|ch: char| ch.is_ascii_digit()))
        .collect();
    let at = numbered.iter().position(|slug| *slug == anchor)?;
    let other = if at + 1 < numbered.len() {
        at + 1
    } else {
        at.checked_sub(1)?
    };
    Some(numbered[other])
}

/// Where another link of the page into the file `path` points: that anchor is alive.
fn linked_besides(page: &Page, path: &str, anchor: &str) -> Option<String> {
    page.links
        .iter()
        .map(|link| &page.text()[link.target.clone()])
        .find(|target| {
            target
                .split_once('#')
                .is_some_and(|(other, at)| other == path && at != anchor)
        })
        .map(str::to_owned)
}
