use std::process::{Command, Output};

use crate::planted::{manifest, repository};

fn layout(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_async-drop-layout"))
        .args(arguments)
        .output()
        .unwrap()
}

fn printed(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_owned()).unwrap()
}

#[test]
fn the_table_counts_files_and_lines_and_a_circle_fails() {
    let manifest = manifest("planted");
    let folder = repository(&[
        ("Cargo.toml", manifest.as_str()),
        ("src/lib.rs", "mod a;\nmod b;\n"),
        ("src/a.rs", "pub fn one() {\n    crate::b::two();\n}\n"),
        (
            "src/b.rs",
            "pub fn two() {\n    if false {\n        crate::a::one();\n    }\n}\n",
        ),
        ("tests/runs.rs", "fn main() {}\n"),
    ]);
    let output = layout(&["--root", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        printed(&output.stdout),
        "crate     sources  lines  the rest  lines\n\
         planted         3     10         1      1\n\
         all             3     10         1      1\n\
         \n\
         2 pairs of files where one imports the other: 1 circle, gone without 1 of the pairs\n\
         2 such pairs of entries of one folder: no further circle, gone without 1 of the pairs\n\
         \n\
         2 files import each other: src/a.rs, src/b.rs\n  \
         src/a.rs:2 imports `b::two` from src/b.rs\n  \
         src/b.rs:3 imports `a::one` from src/a.rs\n"
    );
}

#[test]
fn without_a_circle_it_succeeds() {
    let manifest = manifest("planted");
    let folder = repository(&[("Cargo.toml", manifest.as_str()), ("src/lib.rs", "")]);
    let output = layout(&["--root", folder.path().to_str().unwrap()]);
    let said = printed(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(
        said.ends_with("imports the other: no circle\n0 such pairs of entries of one folder: no further circle\n"),
        "{said}"
    );
}

#[test]
fn a_module_without_a_file_fails_with_its_place() {
    let manifest = manifest("planted");
    let folder = repository(&[
        ("Cargo.toml", manifest.as_str()),
        ("src/lib.rs", "\nmod gone;\n"),
    ]);
    let output = layout(&["--root", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let said = printed(&output.stderr);
    assert!(
        said.contains("src/lib.rs:2: no file holds the module `gone`"),
        "{said}"
    );
}

#[test]
fn a_folder_without_a_manifest_fails_with_its_name() {
    let folder = repository(&[("empty", "")]);
    let root = folder.path().to_str().unwrap();
    let output = layout(&["--root", root]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        printed(&output.stderr).contains(root),
        "{}",
        printed(&output.stderr)
    );
}

#[test]
fn help_says_what_it_shows_and_wrong_usage_is_told_apart() {
    let help = layout(&["--help"]);
    assert!(help.status.success());
    assert!(printed(&help.stdout).contains("which files import each other"));
    assert_eq!(layout(&["--rot"]).status.code(), Some(2));
}
