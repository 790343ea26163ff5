//! Holds the contexts to rustfmt: they are no modules of any crate, so `cargo fmt` does not reach them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use async_drop_corpus::CONTEXTS;
use tempfile::TempDir;

/// What formats a context.
const RUSTFMT: [&str; 3] = ["rustfmt", "--edition", "2024"];

#[test]
fn contexts_are_as_rustfmt_writes_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if let Err(said) = formatted(root, &files(&root.join(CONTEXTS))) {
        panic!("\n{said}");
    }
}

#[test]
fn a_context_that_rustfmt_would_change_is_found_with_the_command_that_mends_it() {
    let root = TempDir::new().unwrap();
    let context = |name: &str, text: &str| {
        let path = root.path().join(CONTEXTS).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    context("right.rs", "fn scenario() {\n    block!();\n}\n");
    context(
        "wide.rs",
        "fn scenario() {\n    let a = 1;\n    block!( );\n}\n",
    );
    context("broken.rs", "fn scenario( {\n    block!();\n}\n");
    let said = formatted(root.path(), &files(&root.path().join(CONTEXTS))).unwrap_err();
    for expected in [
        "corpus/contexts/wide.rs:1:",
        "-    block!( );",
        "+    block!();",
        "\nmend with `rustfmt --edition 2024 corpus/contexts/wide.rs`",
        "corpus/contexts/broken.rs:3:3",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert!(!said.contains("right.rs"), "{said}");
}

/// The `.rs` files of a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().expect("the contexts can be listed");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect();
    files.sort();
    files
}

/// Whether rustfmt would leave `files` as they are; what it says, with the commands that mend them, if not.
fn formatted(root: &Path, files: &[PathBuf]) -> Result<(), String> {
    let [program, edition @ ..] = RUSTFMT;
    let output = Command::new(program)
        .args(edition)
        .args(["--check", "--color", "never"])
        .args(files)
        .output()
        .expect("rustfmt is part of the toolchain");
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let from_root = format!("{}/", root.display());
    let said = String::from_utf8_lossy(&said).replace(&from_root, "");
    let named = |file: &&PathBuf| {
        let file = file.strip_prefix(root).unwrap_or(file);
        said.contains(&format!("{}:", file.display()))
    };
    let commands = files.iter().filter(named).map(|file| {
        let file = file.strip_prefix(root).unwrap_or(file).display();
        format!("\nmend with `{} {file}`", RUSTFMT.join(" "))
    });
    Err(format!("{said}{}", commands.collect::<String>()))
}
