//! Each chapter of the folder of recipes is named in the last section of the skill and has its row in the book's table of recipes, which
//! counts the lines of its program and of the same by hand; both are tested beside what is written first.
//!
//! A line counts unless it is empty or a comment. Refuted by a recipe that one of them does not have, by another count, by a program that
//! is no shorter than by hand where the chapter does not say that no guard is needed, and by a row for a chapter that is not there.

use std::fs;
use std::io;
use std::path::Path;

use async_drop_corpus::{Chapter, EXAMPLES, Error, Errors, RECIPES, recipe};

use crate::guidance::Guidance;

/// What a chapter says whose program is no shorter than by hand.
const NO_GUARD: &str = "no guard";

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    let of = |file: &str| guidance.pages.iter().find(|page| page.file == file);
    let (Some(skill), Some(table)) = (of("SKILL.md"), of(guidance.layout.recipes)) else {
        return Ok(());
    };
    let mut errors = Errors::default();
    let rows = rows(table, &mut errors);
    let recipes: Vec<(&Chapter, &str)> = guidance
        .pages
        .iter()
        .filter_map(|page| Some((page, recipe(&page.file)?)))
        .collect();
    for (recipe, name) in &recipes {
        let mut error = |what: String| errors.0.push(Error::new(&recipe.file, 1, what));
        if !last_section(skill).contains(name) {
            error(format!(
                "the last section of {} does not name `{name}`",
                skill.file
            ));
        }
        if recipe.blocks.is_empty() {
            error("shows no part of its program".to_owned());
        }
        for block in &recipe.blocks {
            let is_own = |file: &str| file.starts_with(&format!("{EXAMPLES}/{name}/src/"));
            if !block.excerpt.as_ref().is_some_and(|it| is_own(&it.file)) {
                let what = format!("shows something else than a part of {EXAMPLES}/{name}/src");
                errors.0.push(Error::new(&recipe.file, block.line, what));
            }
        }
        let row = rows.iter().find(|row| row.name == *name);
        let wrong = wrong(&guidance.root, recipe, name, row);
        errors.0.extend(wrong.map(|(line, what)| match line {
            Some(line) => Error::new(&table.file, line, what),
            None => Error::new(&recipe.file, 1, what),
        }));
    }
    for row in &rows {
        if !recipes.iter().any(|(_, name)| *name == row.name) {
            let what = format!("there is no {RECIPES}/{}.md", row.name);
            errors.0.push(Error::new(&table.file, row.line, what));
        }
    }
    errors.0.sort();
    errors.or(())
}

/// The text from the last heading of the second level on.
fn last_section(chapter: &Chapter) -> String {
    let last = chapter.headings.iter().rfind(|heading| heading.level == 2);
    let lines = chapter.text.lines();
    lines
        .skip(last.map_or(0, |heading| heading.line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A row of the table.
struct Row {
    line: usize,
    name: String,
    lines: usize,
    by_hand: usize,
}

/// The rows of `table`: each links to its recipe and ends with the two counts.
fn rows(table: &Chapter, errors: &mut Errors) -> Vec<Row> {
    let mut rows = Vec::new();
    for (at, line) in table.text.lines().enumerate() {
        let link = format!("{RECIPES}/");
        let named = line
            .strip_prefix("| [")
            .and_then(|rest| rest.split_once(&link))
            .and_then(|(_, rest)| rest.split_once(".md)"));
        let Some((name, _)) = named else {
            continue;
        };
        let mut cells = line.trim().trim_matches('|').rsplit('|').map(str::trim);
        let mut count = || cells.next()?.parse::<usize>().ok();
        match (count(), count()) {
            (Some(by_hand), Some(lines)) => rows.push(Row {
                line: at + 1,
                name: name.to_owned(),
                lines,
                by_hand,
            }),
            _ => {
                let what = "a row of recipes ends with its lines and those by hand".to_owned();
                errors.0.push(Error::new(&table.file, at + 1, what));
            }
        }
    }
    rows
}

/// What is wrong with the program of a recipe or with its row, and the row's line if it is wrong.
fn wrong(
    root: &Path,
    recipe: &Chapter,
    name: &str,
    row: Option<&Row>,
) -> Option<(Option<usize>, String)> {
    let folder = root.join(EXAMPLES).join(name);
    let tests = folder.join("tests").join(name);
    for test in ["main.rs", "as_written_first.rs"] {
        if !tests.join(test).is_file() {
            let what = format!("there is no {EXAMPLES}/{name}/tests/{name}/{test}");
            return Some((None, what));
        }
    }
    let by_hand = match tests.join("by_hand.rs") {
        file if file.is_file() => file,
        _ => tests.join("by_hand"),
    };
    let (lines, by_hand) = match (lines_below(&folder.join("src")), lines_below(&by_hand)) {
        (Ok(lines), Ok(by_hand)) => (lines, by_hand),
        (Err(error), _) => return Some((None, format!("{EXAMPLES}/{name}/src: {error}"))),
        (_, Err(error)) => {
            let what = format!("{EXAMPLES}/{name}/tests/{name}/by_hand.rs: {error}");
            return Some((None, what));
        }
    };
    if lines >= by_hand && !recipe.text.contains(NO_GUARD) {
        let what = format!(
            "its program has {lines} lines, by hand it is {by_hand}: make it shorter, or say what needs {NO_GUARD}"
        );
        return Some((None, what));
    }
    match row {
        None => Some((
            None,
            "the book's table of recipes has no row for it".to_owned(),
        )),
        Some(row) if (row.lines, row.by_hand) != (lines, by_hand) => {
            let what = format!("`{name}` has | {lines} | {by_hand} | lines");
            Some((Some(row.line), what))
        }
        Some(_) => None,
    }
}

/// How many lines of the Rust file `path`, or of those below it, count.
fn lines_below(path: &Path) -> io::Result<usize> {
    if path.is_file() {
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        return Ok(if is_rust {
            lines(&fs::read_to_string(path)?)
        } else {
            0
        });
    }
    let mut count = 0;
    for entry in fs::read_dir(path)? {
        count += lines_below(&entry?.path())?;
    }
    Ok(count)
}

fn lines(program: &str) -> usize {
    let lines = program.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_and_comments_do_not_count() {
        assert_eq!(lines("//! A.\n\n/// B.\nfn b() { // c\n    // d\n}\n"), 2);
    }

    #[test]
    fn the_last_section_is_what_follows_the_last_heading_of_the_second_level() {
        let chapter = Chapter::parse("SKILL.md", "# A\n\n## B\n\nb\n\n## C\n\nc\n\n### D\n\nd\n");
        assert_eq!(last_section(&chapter.unwrap()), "\nc\n\n### D\n\nd");
    }

    #[test]
    fn a_row_is_known_by_its_link_and_ends_with_two_counts() {
        let text = "# A\n\n| recipe | lost | lines | by hand |\n|---|---|--:|--:|\n\
                    | [B](../../recipes/b.md) | 3 of 300 | 12 | 34 |\n| [C](../../recipes/c.md) | none |\n";
        let mut errors = Errors::default();
        let rows = rows(
            &Chapter::parse("book/src/recipes.md", text).unwrap(),
            &mut errors,
        );
        let [row] = rows.as_slice() else {
            panic!("{} rows", rows.len());
        };
        assert_eq!(
            (row.name.as_str(), row.line, row.lines, row.by_hand),
            ("b", 5, 12, 34)
        );
        assert_eq!(
            errors.to_string(),
            "book/src/recipes.md:6: a row of recipes ends with its lines and those by hand"
        );
    }
}
