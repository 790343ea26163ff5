use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use tempfile::TempDir;

use crate::real_book::BUILT;
#[cfg(unix)]
use crate::repository::seen_as_told;
use crate::repository::{book, page};
#[cfg(unix)]
use crate::stand_in::{BUILDS, stand_in};

const COMMAND: &str = env!("CARGO_BIN_EXE_async-drop-book");

pub fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// Every file under `folder`, by its path.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let content = fs::read(&path).unwrap();
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), content);
            }
        }
    }
    found
}

#[test]
#[cfg(unix)]
fn mdbook_with_the_preprocessor_as_a_command_builds_the_same_files() {
    // Both with the same words: how much is explored of a block that selects at random differs from run to run.
    let (in_process, seen) = &*BUILT;
    let [by_command, said] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let said = said.path().join("seen.json");
    fs::write(&said, serde_json::to_string(seen).unwrap()).unwrap();

    // What `mdbook build` does, with the program that this test belongs to in the place of `cargo run`.
    let command = stand_in(BUILDS, &format!("cat {}", said.display()));
    let variables: Vec<String> = command
        .get_envs()
        .map(|(name, value)| {
            let [name, value] = [name, value.unwrap()].map(|part| part.to_str().unwrap());
            format!("'{name}={value}'")
        })
        .collect();
    let mut config = Config::from_disk(book().join("book.toml")).unwrap();
    config
        .set(
            "preprocessor.verdicts.command",
            format!("env {} '{COMMAND}' preprocess", variables.join(" ")),
        )
        .unwrap();
    config.build.build_dir = by_command.path().to_owned();
    MDBook::load_with_config(book().canonicalize().unwrap(), config)
        .unwrap()
        .build()
        .unwrap();

    let [in_process, by_command] = [in_process, &by_command].map(|folder| files(folder.path()));
    assert!(in_process.len() > 10);
    assert_eq!(
        Vec::from_iter(in_process.keys()),
        Vec::from_iter(by_command.keys())
    );
    for (path, content) in &in_process {
        assert!(by_command[path] == *content, "{} differs", path.display());
    }
}

/// The book of a fork, as `cargo book` builds it with blocks that do as they are held to; built once for all tests.
pub static FORK: LazyLock<(TempDir, Output)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let said = tempfile::tempdir().unwrap();
    let mut command = told(&said.path().join("seen.json"));
    let output = run(command.env("MDBOOK_BUILD__BUILD_DIR", folder.path()).env(
        "MDBOOK_OUTPUT__HTML__GIT_REPOSITORY_URL",
        "https://example.org/fork",
    ));
    (folder, output)
});

/// The command, whose run of the blocks has seen what is written to the file `said`.
#[cfg(unix)]
fn told(said: &Path) -> Command {
    let chapters = async_drop_corpus::read_pages(&book().join("..")).unwrap();
    let seen: Vec<_> = chapters.iter().flat_map(seen_as_told).collect();
    fs::write(said, serde_json::to_string(&seen).unwrap()).unwrap();
    stand_in(BUILDS, &format!("cat {}", said.display()))
}

#[cfg(not(unix))]
fn told(_said: &Path) -> Command {
    Command::new(COMMAND)
}

#[test]
fn the_settings_name_the_command_that_serves_as_preprocessor() {
    let config = Config::from_disk(book().join("book.toml")).unwrap();
    let command: Option<String> = config.get("preprocessor.verdicts.command").unwrap();
    assert_eq!(
        command.as_deref(),
        Some("cargo run --quiet --package async-drop-book -- preprocess")
    );
}

#[test]
fn the_path_of_the_first_page_is_printed_and_settings_can_come_from_the_environment() {
    let (folder, output) = &*FORK;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = PathBuf::from(str::from_utf8(&output.stdout).unwrap().trim());
    assert_eq!(
        printed,
        folder.path().canonicalize().unwrap().join("index.html")
    );
    let introduction = page(folder.path(), "introduction.html");
    let mut links = introduction
        .tags
        .iter()
        .filter_map(|tag| tag.attribute("href"));
    assert!(links.any(|link| link == "https://example.org/fork/tree/HEAD/crates/utils"));
}

#[test]
fn what_is_wrong_is_said_and_exits_with_1() {
    let output = run(Command::new(COMMAND).env("MDBOOK_BOOK__SRC", "no-such-folder"));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.starts_with("error: ") && message.contains("no-such-folder"),
        "{message}"
    );
}

#[test]
fn a_preprocessor_without_a_book_says_who_calls_it_and_exits_with_1() {
    let output = run(Command::new(COMMAND).arg("preprocess"));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("`mdbook build book`, of mdBook 0.5, calls this"),
        "{message}"
    );
}

#[test]
fn wrong_usage_exits_with_2() {
    let output = run(Command::new(COMMAND).arg("--no-such-option"));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn help_tells_the_options_and_exit_codes() {
    let output = run(Command::new(COMMAND).arg("--help"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let help = String::from_utf8(output.stdout).unwrap();
    for words in ["--open", "preprocess", "Exits with 0", "target/book"] {
        assert!(help.contains(words), "no `{words}` in:\n{help}");
    }
}
