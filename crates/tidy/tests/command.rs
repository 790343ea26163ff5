//! What the command prints, writes and ends with, on a copy of the repository's texts.

use std::fs;
use std::path::{Path, PathBuf};

use async_drop_tidy::{read_texts, tidy};
use snapbox::cmd::Command;
use snapbox::str;
use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A copy of what the repository says of entries.
fn copy() -> TempDir {
    let copy = TempDir::new().unwrap();
    for text in read_texts(&root()).unwrap() {
        let path = copy.path().join(&text.file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.text).unwrap();
    }
    copy
}

fn command(root: &Path, arguments: &[&str]) -> Command {
    Command::new(env!("CARGO_BIN_EXE_async-drop-tidy"))
        .arg("--root")
        .arg(root)
        .args(arguments)
}

fn edit(root: &Path, file: &str, old: &str, new: &str) {
    let text = fs::read_to_string(root.join(file)).unwrap();
    assert!(text.contains(old), "{old}");
    fs::write(root.join(file), text.replacen(old, new, 1)).unwrap();
}

fn all(root: &Path) -> Vec<(String, String)> {
    let texts = read_texts(root).unwrap().into_iter();
    texts.map(|text| (text.file, text.text)).collect()
}

/// Where gotcha 7 starts, with another heading before it.
fn insert(root: &Path) {
    let gotchas = fs::read_to_string(root.join("gotchas.md")).unwrap();
    let seventh = gotchas.find("\n## 7. ").unwrap();
    let (before, after) = gotchas.split_at(seventh);
    let whole = format!("{before}\n## One that is put into the middle\n\nWords.\n{after}");
    fs::write(root.join("gotchas.md"), whole).unwrap();
}

#[test]
fn the_repository_is_tidy() {
    let tidied = tidy(&read_texts(&root()).unwrap());
    assert_eq!(tidied, Ok(Vec::new()));
}

#[test]
fn a_gotcha_in_the_middle_is_consistent_after_one_run_that_touches_only_what_has_its_number() {
    let copy = copy();
    insert(copy.path());
    let before = all(copy.path());
    command(copy.path(), &[]).assert().success();
    let after = all(copy.path());
    assert_eq!(tidy(&read_texts(copy.path()).unwrap()), Ok(Vec::new()));
    command(copy.path(), &[]).assert().success().stdout_eq("");
    assert_eq!(all(copy.path()), after);

    let gotchas = &after
        .iter()
        .find(|(file, _)| file == "gotchas.md")
        .unwrap()
        .1;
    assert!(gotchas.contains(
        "\n- [7. One that is put into the middle](#7-one-that-is-put-into-the-middle)\n"
    ));
    assert!(gotchas.contains("\n## 7. One that is put into the middle\n"));
    let letters = |line: &str| line.replace(|ch: char| ch.is_ascii_digit(), "");
    for ((file, before), (_, after)) in before.iter().zip(&after) {
        let contents = "- [7. One that is put into the middle](#7-one-that-is-put-into-the-middle)";
        let after: Vec<&str> = after.lines().filter(|line| *line != contents).collect();
        let before: Vec<&str> = before.lines().collect();
        assert_eq!(before.len(), after.len(), "{file}");
        for (line, now) in before.iter().zip(after) {
            let same =
                letters(line).replace("## One that is put", "## . One that is put") == letters(now);
            assert!(same, "{file}: {line}\n{now}");
        }
    }
}

#[test]
fn deleted_contents_are_noticed_and_written_again() {
    let copy = copy();
    let was = all(copy.path());
    let gotchas = fs::read_to_string(copy.path().join("gotchas.md")).unwrap();
    let lines: Vec<&str> = gotchas.split_inclusive('\n').collect();
    // The first of a group says where the group begins.
    let mut listed = (1..lines.len())
        .filter(|at| [at - 1, *at].map(|at| lines[at].starts_with("- [")) == [true; 2]);
    let deleted = [listed.next(), listed.next(), listed.next_back()].map(Option::unwrap);
    let kept = (0..lines.len())
        .filter(|at| !deleted.contains(at))
        .map(|at| lines[at]);
    fs::write(copy.path().join("gotchas.md"), kept.collect::<String>()).unwrap();
    let shown = command(copy.path(), &["--check"]).assert().code(1);
    let shown = String::from_utf8(shown.get_output().stdout.clone()).unwrap();
    assert_eq!(shown.matches("\n+ - [").count(), 3, "{shown}");
    command(copy.path(), &[])
        .assert()
        .success()
        .stdout_eq("gotchas.md: 2 changes\n");
    assert_eq!(all(copy.path()), was);
}

#[test]
fn a_check_shows_what_would_change_and_changes_nothing() {
    let copy = copy();
    command(copy.path(), &["--check"])
        .assert()
        .success()
        .stdout_eq("");
    edit(copy.path(), "patterns.md", "## 2. ", "## 1. ");
    let was = all(copy.path());
    command(copy.path(), &["--check"])
        .assert()
        .code(1)
        .stdout_eq(str![[r#"
patterns.md:[..]
- ## 1. [..]
+ ## 2. [..]

"#]]);
    assert_eq!(all(copy.path()), was);
}

#[test]
fn nothing_is_written_when_a_link_leads_nowhere() {
    let copy = copy();
    insert(copy.path());
    edit(
        copy.path(),
        "README.md",
        "## Install",
        "[gotcha 1](gotchas.md#1-a-title-that-is-gone)\n\n## Install",
    );
    let was = all(copy.path());
    command(copy.path(), &[])
        .assert()
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
README.md:[..]: `gotchas.md#1-a-title-that-is-gone` leads to no entry; the nearest is `gotchas.md#[..]`

"#]]);
    assert_eq!(all(copy.path()), was);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_symbolic_link() {
    let copy = copy();
    insert(copy.path());
    let elsewhere = copy.path().join("elsewhere.md");
    fs::rename(copy.path().join("helpers.md"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, copy.path().join("helpers.md")).unwrap();
    let was = all(copy.path());
    command(copy.path(), &[])
        .assert()
        .code(1)
        .stderr_eq("helpers.md:1: is not written: a symbolic link leads to it\n");
    assert_eq!(all(copy.path()), was);
    assert!(copy.path().join("helpers.md").is_symlink());
}

#[cfg(unix)]
#[test]
fn a_written_file_keeps_its_permissions_and_leaves_nothing_beside_it() {
    use std::os::unix::fs::PermissionsExt;

    let copy = copy();
    let gotchas = copy.path().join("gotchas.md");
    fs::set_permissions(&gotchas, fs::Permissions::from_mode(0o640)).unwrap();
    let files = |folder: &Path| folder.read_dir().unwrap().count();
    let count = files(copy.path());
    edit(copy.path(), "gotchas.md", "## 2. ", "## ");
    command(copy.path(), &[])
        .assert()
        .success()
        .stdout_eq("gotchas.md: 1 change\n");
    assert_eq!(
        fs::metadata(&gotchas).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert_eq!(files(copy.path()), count);
}

#[test]
fn wrong_usage_is_told_apart() {
    let copy = copy();
    command(copy.path(), &["--chekc"]).assert().code(2);
    command(copy.path(), &["--help"]).assert().success();
}
