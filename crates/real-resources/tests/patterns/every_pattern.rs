//! Every entry of `patterns.md` has a program here, and every program is an entry's.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use async_drop_corpus::{Chapter, Error, Errors, anchor_without_number, without_number};

/// Where the programs are, from the repository's folder.
const FOLDER: &str = "crates/real-resources/tests/patterns";

/// The file that lists them.
const LIST: &str = "main.rs";

/// This file, which is none.
const CHECK: &str = "every_pattern";

/// The entries without a program, each with the reason.
const NOTHING_TO_RUN: &[(&str, &str)] = &[(
    "test_with_the_explorer",
    "it is the test of code against resources that are not real",
)];

/// The files of the folder, each with its text.
type Files = BTreeMap<String, String>;

/// Holds the entries against the programs.
fn check(patterns: &Chapter, files: &Files, nothing_to_run: &[(&str, &str)]) -> Result<(), Errors> {
    let list = files.get(LIST).map_or("", String::as_str);
    let mut unknown: BTreeMap<&str, &str> = files
        .iter()
        .filter_map(|(file, text)| Some((file.strip_suffix(".rs")?, text.as_str())))
        .filter(|(program, _)| *program != CHECK && format!("{program}.rs") != LIST)
        .collect();
    let mut without = nothing_to_run.to_vec();
    let mut errors = Errors::default();
    for entry in patterns
        .headings
        .iter()
        .filter(|heading| heading.level == 2)
    {
        let name = anchor_without_number(&entry.slug).replace('-', "_");
        let listed = without.iter().position(|(entry, _)| *entry == name);
        let is_without = listed.map(|listed| without.swap_remove(listed)).is_some();
        let what = match (unknown.remove(name.as_str()), is_without) {
            (None, true) => continue,
            (None, false) => format!("no program runs this pattern: write {FOLDER}/{name}.rs"),
            (Some(_), true) => format!("has a program, {FOLDER}/{name}.rs, and a reason for none"),
            (Some(text), false) => match fault(&name, without_number(&entry.text), text, list) {
                Some(what) => format!("{FOLDER}/{name}.rs {what}"),
                None => continue,
            },
        };
        let error = Error::new(&patterns.file, entry.line, what);
        errors.0.push(error);
    }
    for program in unknown.keys() {
        let what = format!("no entry of {} has this title", patterns.file);
        let file = format!("{FOLDER}/{program}.rs");
        errors.0.push(Error::new(&file, 1, what));
    }
    for (entry, _) in without {
        let what = format!(
            "no entry of {} is called {entry}, which needs no program",
            patterns.file
        );
        errors
            .0
            .push(Error::new(&format!("{FOLDER}/{CHECK}.rs"), 1, what));
    }
    errors.or(())
}

/// What a program lacks.
fn fault(name: &str, title: &str, text: &str, list: &str) -> Option<String> {
    if !list.lines().any(|line| line == format!("mod {name};")) {
        return Some(format!("is not compiled: {LIST} does not list it"));
    }
    let first_words = format!("//! Pattern \"{title}\": ");
    if !text.starts_with(&first_words) {
        return Some(format!("does not begin with `{first_words}`"));
    }
    let kinds = [
        (".never_leaks(", "no program that never leaks"),
        (".leaks(", "no program that leaks without the pattern"),
    ];
    let missing = kinds.iter().find(|(call, _)| !text.contains(call));
    missing.map(|(_, what)| format!("has {what}"))
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn files() -> Files {
    let folder = fs::read_dir(root().join(FOLDER)).expect("the folder of the programs");
    folder
        .map(|entry| {
            let entry = entry.expect("a file");
            let text = fs::read_to_string(entry.path()).expect("its text");
            (entry.file_name().to_string_lossy().into_owned(), text)
        })
        .collect()
}

fn patterns() -> Chapter {
    Chapter::at(root(), "patterns.md").unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn every_pattern_has_a_program_and_every_program_a_pattern() {
    let checked = check(&patterns(), &files(), NOTHING_TO_RUN);
    checked.unwrap_or_else(|errors| panic!("{errors}"));
}

/// What is said of three entries, the first in the fifth line, and the programs of the first two.
#[track_caller]
fn said_of(change: impl FnOnce(&mut String, &mut Files), expected: &[&str]) {
    let mut text =
        "# Patterns\n\nWords.\n\n## 1. Open it\n\n## 2. Close it\n\n## 3. Test it\n".to_owned();
    let calls = "Trial::new(\"right\").never_leaks(); Trial::new(\"wrong\").leaks();";
    let program = |title: &str| format!("//! Pattern \"{title}\": words.\n{calls}");
    let mut files = Files::from([
        (LIST.to_owned(), "mod close_it;\nmod open_it;\n".to_owned()),
        ("close_it.rs".to_owned(), program("Close it")),
        ("open_it.rs".to_owned(), program("Open it")),
    ]);
    change(&mut text, &mut files);
    let chapter = Chapter::parse("patterns.md", &text).expect("a chapter");
    let said = match check(&chapter, &files, &[("test_it", "nothing is real")]) {
        Ok(()) => String::new(),
        Err(errors) => errors.to_string(),
    };
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn programs_of_all_entries_are_accepted() {
    said_of(|_, _| {}, &[]);
}

#[test]
fn a_renamed_entry_is_refused_with_its_line_and_the_program_with_its_file() {
    said_of(
        |text, _| *text = text.replace("Close it", "Shut it"),
        &[
            "patterns.md:7: no program runs this pattern: write crates/real-resources/tests/patterns/shut_it.rs",
            "crates/real-resources/tests/patterns/close_it.rs:1: no entry of patterns.md has this title",
        ],
    );
}

#[test]
fn a_new_entry_needs_a_program_and_another_number_does_not() {
    said_of(
        |text, _| *text = text.replace("## 2.", "## 2. Look at it\n\n## 3."),
        &[
            "patterns.md:7: no program runs this pattern: write crates/real-resources/tests/patterns/look_at_it.rs",
        ],
    );
}

#[test]
fn a_reason_for_no_program_needs_an_entry_that_has_none() {
    said_of(
        |text, files| {
            *text = text.replace("## 3. Test it\n", "");
            files.remove("open_it.rs");
        },
        &[
            "patterns.md:5: no program runs this pattern: write crates/real-resources/tests/patterns/open_it.rs",
            "crates/real-resources/tests/patterns/every_pattern.rs:1: no entry of patterns.md is called test_it, which needs no program",
        ],
    );
    said_of(
        |_, files| {
            files.insert("test_it.rs".to_owned(), String::new());
        },
        &[
            "patterns.md:9: has a program, crates/real-resources/tests/patterns/test_it.rs, and a reason for none",
        ],
    );
}

#[test]
fn a_program_says_whose_it_is() {
    said_of(
        |_, files| {
            let text = files.remove("open_it.rs").unwrap_or_default();
            files.insert(
                "open_it.rs".to_owned(),
                text.replace("Open it", "Open them"),
            );
        },
        &[
            "patterns.md:5: crates/real-resources/tests/patterns/open_it.rs does not begin with `//! Pattern \"Open it\": `",
        ],
    );
}

#[test]
fn a_program_is_compiled_and_shows_both_sides() {
    said_of(
        |_, files| {
            files.insert(
                LIST.to_owned(),
                "mod open_it;\n// mod close_it;\n".to_owned(),
            );
        },
        &[
            "patterns.md:7: crates/real-resources/tests/patterns/close_it.rs is not compiled: main.rs does not list it",
        ],
    );
    said_of(
        |_, files| {
            let without = |text: &str, call: &str| text.replace(call, "");
            files
                .entry("open_it.rs".to_owned())
                .and_modify(|text| *text = without(text, ".leaks()"));
            files
                .entry("close_it.rs".to_owned())
                .and_modify(|text| *text = without(text, ".never_leaks()"));
        },
        &[
            "patterns.md:5: crates/real-resources/tests/patterns/open_it.rs has no program that leaks without the pattern",
            "patterns.md:7: crates/real-resources/tests/patterns/close_it.rs has no program that never leaks",
        ],
    );
}
