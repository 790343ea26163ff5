//! Holds the checks of words, tables and inline code to what they are for: each of these chapters tells a lie and is refuted for it.

use std::fs;

use async_drop_checks::{Guidance, Kind, LAYOUT, Layout, Text, check_entries};
use async_drop_corpus::Chapter;

use crate::{FOLDER, chapter, guidance, refuted, root};

#[test]
fn a_name_that_nothing_has_is_refuted() {
    assert_said(
        "names_what_does_not_exist",
        "names",
        &[
            ":5: section \"A name in prose stands for nothing\": `AsyncDropArc::share(guard)`: \
             there is no `AsyncDropArc::share` in crates/utils/src",
            ":6: section \"A name in prose stands for nothing\": `with_async_drop_3!(value, { body })`: \
             there is no `with_async_drop_3!` in crates/utils/src",
        ],
    );
}

#[test]
fn a_bare_name_that_nothing_has_is_refuted() {
    let unknown = |line: usize, code: &str| {
        format!(
            ":{line}: section \"Bare names\": `{code}`: nothing is called `{code}`: \
             neither the library, the section's blocks nor corpus/lists/foreign_names.txt have it"
        )
    };
    assert_said(
        "names_in_plain_words",
        "names",
        &[
            &unknown(5, "AsyncDropSet"),
            &unknown(5, "async_drop_utils::test"),
            &unknown(5, "cancel_safer"),
            &unknown(12, "connectoin"),
            ":16: section \"Bare names\": `#[async_drop(skipped)]`: `#[async_drop]` has no option `skipped`",
            &unknown(17, "MyFault").replacen("`MyFault`", "`#[async_drop(error = MyFault)]`", 1),
            ":19: section \"Bare names\": `Debugger`: said not to exist, and nothing anywhere is called so: \
             see corpus/lists/foreign_names.txt",
            &unknown(19, "Self::kill"),
            &unknown(19, "worth").replacen(
                "`worth`",
                "`closing(value, async |mut value| worth.async_drop().await)`",
                1,
            ),
        ],
    );
}

#[test]
fn a_member_of_another_type_is_refuted() {
    assert_said(
        "names_a_member_of_another_type",
        "names",
        &[
            ":8: section \"AsyncDropHashMap\": `push`: there is no `push` in AsyncDrop, AsyncDropGuard, AsyncDropHashMap; \
             AsyncDropStack has one",
            ":10: section \"AsyncDropHashMap\": `stack.try_insert(key, guard)`: \
             there is no `try_insert` in AsyncDrop, AsyncDropGuard, AsyncDropStack; AsyncDropHashMap has one",
            ":10: section \"AsyncDropHashMap\": `try_to_insert`: nothing is called `try_to_insert`",
        ],
    );
}

#[test]
fn a_name_that_is_denied_and_exists_is_refuted() {
    assert_said(
        "denies_what_exists",
        "names",
        &[
            ":5: section \"AsyncDropHashMap\": `T::Failure`: nothing is called `T::Failure`",
            ":5: section \"AsyncDropHashMap\": `extendible`: said not to exist, and nothing anywhere is called so",
            ":5: section \"AsyncDropHashMap\": `panic = \"abroad\"`: corpus/lists/foreign_names.txt has no such setting",
            ":5: section \"AsyncDropHashMap\": `retain`: said not to exist, but there is `AsyncDropHashMap::retain`",
        ],
    );
}

#[test]
fn a_feature_that_does_not_exist_or_is_off_is_refuted() {
    assert_said(
        "features",
        "features",
        &[
            ":5: the feature `testing` is not on by default",
            ":5: there is no feature `explorer`",
        ],
    );
}

#[test]
fn a_number_without_its_source_is_refuted() {
    let file = "corpus/false_chapters/numbers.toml";
    let mut guidance = guidance().with_pages(vec![chapter("numbers").unwrap()]);
    guidance.layout.numbers = file;
    let errors = refuted("numbers", &guidance);
    let open_all = "crates/utils/src/async_drop/opening/open_all.rs";
    let on_tokio = "crates/utils/src/async_drop/blocking/on_tokio.rs";
    let numbers = "corpus/false_chapters/numbers.md";
    assert_eq!(
        errors.to_string(),
        [
            format!("{file}:1: {numbers} says 2, 9 (\"two to nine futures\"), {open_all} says 2, 8 (\"tuples! {{ (FA A, FB B);\", \"(FA A, FB B, FC C, FD D, FE G, FF H, FG I, FH J); }}\")"),
            format!("{file}:8: {on_tokio} does not say \"start.elapsed() < Duration::from_secs(5)\""),
            format!("{file}:14: {numbers} does not say \"up to five at once\""),
            format!("{numbers}:3: \"1. Numbers\" does not link to #1-numbers"),
            format!("{numbers}:5: entry 2 is the entry 1"),
            format!("{numbers}:7: the number in \"It blocks for two seconds, and takes 1,000 of them.\" has no source in {file}"),
            format!("{numbers}:7: the number in \"It blocks for two seconds, and takes 1,000 of them.\" has no source in {file}"),
            format!("{numbers}:7: 3 are said to follow, the list has 2"),
            format!("{numbers}:12: `gotcha 7` links to no entry 7"),
            format!("{numbers}:12: there is no rule 12"),
            format!("{numbers}:13: `pattern 2` links to no entry 2"),
        ]
        .join("\n")
    );
}

#[test]
fn a_promise_that_nothing_holds_is_refuted() {
    let file = "corpus/false_chapters/promises.toml";
    let mut guidance = guidance().with_pages(vec![chapter("promises").unwrap()]);
    guidance.layout.promises = file;
    let errors = refuted("promises", &guidance);
    let page = "corpus/false_chapters/promises.md";
    let (test, title) = (
        "crates/utils/tests/guard.rs",
        "promises-before-they-are-kept",
    );
    assert_eq!(
        errors.to_string(),
        [
            format!("{page}:3: {file} has 2 entries for \"So does a guard before the other guard.\""),
            format!("{page}:3: {file} names no test or block that holds \"The members are cleaned up last made first, in the order of the fields.\""),
            format!("{page}:4: {file} has 2 entries for \"A guard never waits: `drop` does.\""),
            format!("{file}:2: {page} does not promise \"Every guard waits\""),
            format!("{file}:3: \"a guard\" has no promising word"),
            format!("{file}:4: 2 sentences of {page} have \"before the other\""),
            format!("{file}:5: {test} has no test `guard_waits`"),
            format!("{file}:5: crates/utils/tests/guards.rs:1: cannot be read: No such file or directory (os error 2)"),
            format!("{file}:6: `{page}#{title}` is not `page.md#title/1`"),
            format!("{file}:6: block 1 under `{title}` of {page} is not run"),
            format!("{file}:6: {page} has no block 2 under `{title}`"),
            format!("{file}:6: there is no page corpus/false_chapters/promise.md"),
            format!("{file}:7: `crates/utils/tests/compile_fail.rs` is neither `file.rs::test`, `page.md#title/1` nor a program with what rustc says of it beside it"),
            format!("{file}:8: nothing holds \"only one\""),
            format!("{file}:12: no reason"),
        ]
        .join("\n")
    );
}

#[test]
fn contents_and_numbers_that_are_not_counted_are_refuted() {
    let file = format!("{FOLDER}/contents_leave_an_entry_out.md");
    let text = chapter("contents_leave_an_entry_out").unwrap().text;
    let read = |text| Text {
        file: file.clone(),
        text,
        kind: Kind::Chapter,
    };
    assert_eq!(
        check_entries(&[read(text.clone())])
            .unwrap_err()
            .to_string(),
        format!(
            "{file}:4: `cargo tidy` mends this:\n+ - [2. Flush it](#2-flush-it)\nand 2 more in this file"
        )
    );
    let text = text.replace("#4-flush-it", "#4-flush-them");
    assert_eq!(
        check_entries(&[read(text)]).unwrap_err().to_string(),
        format!("{file}:8: `#4-flush-them` leads to no entry; the nearest is `#flush-it`")
    );
}

#[test]
fn a_block_that_its_program_does_not_have_is_refuted() {
    let file = format!("{FOLDER}/example_of_another_program.md");
    let text = |file: &str, text: String, kind| Text {
        file: file.to_owned(),
        text,
        kind,
    };
    let page = chapter("example_of_another_program").unwrap().text;
    let program = "// ANCHOR: goodbye\nasync fn goodbye() {\n    flush().await;\n    close().await\n}\n// ANCHOR_END: goodbye\n";
    let texts = [
        text(&file, page, Kind::Page),
        text(
            "examples/goodbye/src/lib.rs",
            program.to_owned(),
            Kind::Program,
        ),
    ];
    assert_eq!(
        check_entries(&texts).unwrap_err().to_string(),
        format!("{file}:7: `cargo tidy` mends this:\n+     flush().await;")
    );
    assert_eq!(
        check_entries(&texts[..1]).unwrap_err().to_string(),
        format!("{file}:5: there is no file examples/goodbye/src/lib.rs")
    );
}

#[test]
fn a_recipe_without_its_place_and_its_program_is_refuted() {
    let text = chapter("recipe_of_nothing").unwrap().text;
    let recipe = Chapter::parse("recipes/nothing.md", &text).unwrap();
    let mut pages = guidance().pages.clone();
    let table = pages
        .iter_mut()
        .find(|page| page.file == LAYOUT.recipes)
        .unwrap();
    let row = "| [Gone](../../recipes/gone.md) | none | none | 1 | 2 |\n";
    let line = table.text.lines().count() + 1;
    *table = Chapter::parse(&table.file, &(table.text.clone() + row)).unwrap();
    pages.push(recipe);
    assert_eq!(
        refuted("recipes", &guidance().with_pages(pages)).to_string(),
        format!(
            "{table}:{line}: there is no recipes/gone.md\n\
             recipes/nothing.md:1: the last section of SKILL.md does not name `nothing`\n\
             recipes/nothing.md:1: there is no examples/nothing/tests/nothing/main.rs\n\
             recipes/nothing.md:5: shows something else than a part of examples/nothing/src",
            table = LAYOUT.recipes
        )
    );
}

#[test]
fn a_place_that_does_not_exist_is_refuted() {
    let errors = refuted(
        "places",
        &guidance().with_pages(vec![chapter("places").unwrap()]),
    );
    let said: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
    let expected = [
        "5: there is no `crates/utils/src/drop`",
        "5: the command installs no `crates/fixtures`",
        "6: there is no file `corpus/contexts/<name>.md`",
        "6: no program of the project knows `target/books`",
        "6: no program of the project knows `~/.claude/skill`",
        "10: no manifest here depends on a package `async-drop-util`",
        "10: the command installs no `crates/util/Cargo.toml`",
        "11: `tokio` has no feature `complete` that anything here shows",
        "15: not TOML: ",
    ];
    assert_starts(
        &said,
        &expected.map(|said| format!("{FOLDER}/places.md:{said}")),
    );
}

#[test]
fn a_command_line_that_nothing_carries_out_is_refuted() {
    let pages = vec![chapter("commands").unwrap()];
    let errors = refuted("command lines", &guidance().with_pages(pages));
    let said: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
    let address = "https://github.com/async-drop/async-drop";
    let expected = [
        &format!("6: `git clone {address}ped`: the repository is {address}"),
        "7: `cd async-dropped`: there is no folder `async-dropped`",
        "8: `cargo skill instal --dry-run`: `async-drop-installer` has no `instal`",
        "9: `cargo skill install --really`: `async-drop-installer` has no `--really`",
        "10: `cargo books`: Cargo has no command `books`, nor is it an alias",
        "11: `cargo book --show`: `async-drop-book` has no `--show`",
        "12: `cargo test --wurkspace --test snippet`: `cargo test` has no `--wurkspace`",
        "12: `cargo test --wurkspace --test snippet`: there is no tests/snippet.rs",
        "13: `CORPSE=accept cargo test --test compile_fail`: no program of the project reads CORPSE",
        "14: `awk '/^## /{p=/^## (3|12)\\. /}p' gotcha.md`: there is no `gotcha.md`",
        "17: `cargo add async-drop`: no manifest here depends on a package `async-drop`",
        "17: `cargo add tokio --features complete`: `tokio` has no feature `complete` that anything here shows",
        "17: `cargo doc --package async-drop-util`: there is no package `async-drop-util`",
        "18: `.ci/walk`: there is no `.ci/walk`",
        "18: `cargo add --path ~/.claude/skills/async-drop/crates/util`: the command installs no `crates/util/Cargo.toml`",
        "18: `mdbook build books`: there is no `books/book.toml`",
        &format!("19: `/plugin marketplace add async-drop/skill`: the repository is {address}"),
        "21: `cargo mutants --package async-drop-mutants`: there is no package `async-drop-mutants`",
        "21: the command takes no `--enforce`",
    ];
    assert_starts(
        &said,
        &expected.map(|said| format!("{FOLDER}/commands.md:{said}")),
    );
}

#[test]
fn a_command_that_prints_other_entries_than_the_page_links_to_is_refuted() {
    assert_said(
        "prints_other_entries",
        "printed entries",
        &[
            ":8: `awk '/^## /{p=/^## (1|2)\\. /}p' right_warns.md`: \
             corpus/false_chapters/prints_other_entries.md does not link to an entry 2 of right_warns.md",
            ":9: `awk '/^## /{p=/^## 1/}p' right_warns.md`: \
             does not have the form `awk '/^## /{p=/^## (3|12)\\. /}p' FILE`",
        ],
    );
}

#[test]
fn bounds_that_the_source_does_not_have_are_refuted() {
    assert_said(
        "bounds_differ",
        "bounds and return types",
        &[
            ":5: section \"new_cancel_safe\": `Send + Sync`: no parameter of AsyncDropGuard has these bounds, but: ",
        ],
    );
}

#[test]
fn a_return_type_that_the_source_does_not_have_is_refuted() {
    assert_said(
        "returns_something_else",
        "bounds and return types",
        &[
            ":8: section \"AsyncDropGuard\": `AsyncDropGuard<T>`: `is_dropped` does not return it, but bool",
            ":10: section \"AsyncDropGuard\": `None`: `new_invalid` does not return it, but Self",
            ":14: section \"AsyncDropArc\": `AsyncDropGuard<Arc<T>>`: the source of AsyncDropArc has no such type",
            ":14: section \"AsyncDropArc\": `None`: `strong_count` does not return it, but usize",
        ],
    );
}

#[test]
fn helpers_that_leave_something_out_are_refuted() {
    let pages = vec![chapter("leaves_an_item_out").unwrap()];
    let mut guidance = guidance().with_pages(pages);
    guidance.layout.helpers = "corpus/false_chapters/leaves_an_item_out.md";
    let errors = refuted("surface", &guidance).to_string();
    let wrapper = "crates/utils/src/async_drop/guard/wrapper.rs";
    let source = fs::read_to_string(root().join(wrapper)).unwrap();
    let is_its = |line: &str| line.contains("pub fn is_dropped");
    let line = source.lines().position(is_its).unwrap() + 1;
    let is_dropped = format!("{wrapper}:{line}: `AsyncDropGuard::is_dropped`");
    for unnamed in [
        is_dropped.as_str(),
        "crates/utils/src/async_drop/map/try_insert_error.rs:",
        "`TryInsertError::value`",
        "`AsyncDropArc`",
        "`with_async_drop`",
        "`Explorer`",
        "`Entry::Occupied`",
        "`Entry::close`",
        "crates/utils/Cargo.toml:",
        "the feature `testing`",
        "the option `#[async_drop(skip)]`",
    ] {
        assert!(errors.contains(unnamed), "{unnamed}\n{errors}");
    }
    let ending = " is public, and corpus/false_chapters/leaves_an_item_out.md does not name it";
    assert!(
        errors.lines().all(|line| line.ends_with(ending)),
        "{errors}"
    );
    assert_eq!(errors.matches("`AsyncDropGuard::").count(), 1, "{errors}");
}

#[test]
fn what_is_described_and_called_by_no_block_is_refuted() {
    let pages = vec![chapter("describes_what_no_block_calls").unwrap()];
    let mut guidance = guidance().with_pages(pages);
    let file = "corpus/false_chapters/describes_what_no_block_calls.md";
    guidance.layout.helpers = file;
    assert_eq!(
        refuted("called", &guidance).to_string(),
        [
            "5: `AsyncDropHashMap::drain`",
            "5: `AsyncDropHashMap::remove`",
            "6: `AsyncDropHashMap::clear`",
            "34: `with_async_drop_2!`",
            "34: `flatten_async_drop`",
        ]
        .map(|said| format!("{file}:{said} is described, and no block calls it"))
        .join("\n")
    );
}

#[test]
fn a_foreign_name_that_no_chapter_needs_is_refuted() {
    let layout = Layout {
        foreign: "corpus/false_chapters/foreign_names.txt",
        ..LAYOUT
    };
    let guidance = Guidance::read_from(root(), layout).unwrap();
    let errors = refuted(
        "foreign names",
        &guidance.with_pages(vec![chapter("names_what_is_foreign").unwrap()]),
    );
    assert_eq!(
        errors.to_string(),
        "corpus/false_chapters/foreign_names.txt:2: no chapter needs `shrink_to_fit` from here any more"
    );
}

/// Checks that each error of the chapter is one of `said`, by its start.
fn assert_said(name: &str, check: &str, said: &[&str]) {
    let mut errors = refuted(check, &guidance().with_pages(vec![chapter(name).unwrap()]));
    errors.0.sort();
    let expected: Vec<String> = said
        .iter()
        .map(|said| format!("{FOLDER}/{name}.md{said}"))
        .collect();
    let said: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
    assert_starts(&said, &expected);
}

/// Checks that each of `said` starts as expected, and that there are no more.
fn assert_starts(said: &[String], expected: &[String]) {
    let starts = said
        .iter()
        .zip(expected)
        .all(|(said, expected)| said.starts_with(expected.as_str()));
    assert!(
        starts && said.len() == expected.len(),
        "{expected:#?}\n{said:#?}"
    );
}
