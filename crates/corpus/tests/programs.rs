//! What is composed for a whole repository: one program of all blocks, a test for each, and the blocks that skeptic compiles alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use async_drop_corpus::{Errors, TESTS, TOGETHER, inputs, page_paths, write_programs};
use tempfile::TempDir;

const CONTEXT: &str = "async fn scenario() {\n    block!();\n}\n";

/// A repository with the four chapters, each of a heading alone, and the context `body`.
fn repository() -> TempDir {
    let root = TempDir::new().unwrap();
    for chapter in ["SKILL.md", "patterns.md", "gotchas.md", "helpers.md"] {
        write(&root, chapter, "# A\n");
    }
    write(&root, "corpus/contexts/body.rs", CONTEXT);
    root
}

fn write(root: &TempDir, file: &str, text: &str) {
    let path = root.path().join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn programs(root: &TempDir) -> Result<Vec<PathBuf>, Errors> {
    write_programs(root.path(), &root.path().join("out"))
}

fn refused(root: &TempDir) -> String {
    programs(root).unwrap_err().to_string()
}

fn names(files: &[PathBuf]) -> Vec<&str> {
    files
        .iter()
        .map(|file| file.file_name().unwrap().to_str().unwrap())
        .collect()
}

#[test]
fn each_block_that_runs_has_one_test_in_the_order_of_the_pages() {
    let root = repository();
    write(
        &root,
        "helpers.md",
        "# A\n\n```rust,right,once\na\n```\n\n```rust,signature\na\n```\n",
    );
    write(&root, "README.md", "# A\n\n```rust,right,once\na\n```\n");
    write(
        &root,
        "book/src/more/start.md",
        "# A\n\n```rust,right,once\na\n```\n",
    );
    write(
        &root,
        "SKILL.md",
        "# A\n\n```rust,leaks\na\n```\n\n```text\nleaks when b\n```\n",
    );
    write(
        &root,
        "gotchas.md",
        "# A\n\n```rust,compile_fail\na\n```\n\n```text\nb\n```\n",
    );
    let files = programs(&root).unwrap();
    let of_each = [
        "SKILL.md",
        "helpers.md",
        "README.md",
        "book/src/more/start.md",
    ];
    let tests = fs::read_to_string(root.path().join("out").join(TESTS)).unwrap();
    let tests: Vec<&str> = tests
        .lines()
        .filter(|line| line.contains("holds("))
        .collect();
    assert_eq!(
        tests,
        of_each.map(|file| format!("    holds({file:?}, 3);"))
    );
    let together = fs::read_to_string(root.path().join("out").join(TOGETHER)).unwrap();
    let running = together.lines().filter(|line| line.contains("Running {"));
    assert_eq!(running.count(), of_each.len());
    // What is copied first is a program of its own as well.
    assert_eq!(names(&files), ["SKILL.md", "README.md"]);
}

#[test]
fn the_fence_of_a_program_stands_on_the_line_of_the_block() {
    let root = repository();
    for line in 2..7 {
        let above = "\n".repeat(line - 1);
        write(
            &root,
            "README.md",
            &format!("# A{above}```rust,right,once\na\n```\n"),
        );
        let files = programs(&root).unwrap();
        let markdown = fs::read_to_string(&files[0]).unwrap();
        let at = markdown
            .lines()
            .position(|line| line.starts_with("```rust"));
        assert_eq!(at, Some(line - 1), "{markdown}");
    }
}

#[test]
fn programs_of_blocks_that_are_gone_are_removed() {
    let root = repository();
    write(&root, "README.md", "# A\n\n```rust,right,once\na\n```\n");
    let before = programs(&root).unwrap();
    write(&root, "README.md", "# A\n\n\n```rust,right,once\na\n```\n");
    let after = programs(&root).unwrap();
    assert!(!before[0].exists());
    assert!(after[0].exists());
}

#[test]
fn programs_do_not_look_changed_since_the_build_script_started() {
    let root = repository();
    write(&root, "README.md", "# A\n\n```rust,right,once\na\n```\n");
    let files = programs(&root).unwrap();
    let modified = fs::metadata(&files[0]).unwrap().modified().unwrap();
    assert_eq!(modified, SystemTime::UNIX_EPOCH);
}

#[test]
fn every_input_exists_since_cargo_would_rerun_for_ever_otherwise() {
    let root = repository();
    let of = |root: &Path| -> Vec<String> {
        let inputs = inputs(root);
        assert!(inputs.iter().all(|input| input.exists()), "{inputs:?}");
        let relative = |input: &PathBuf| input.strip_prefix(root).unwrap().display().to_string();
        inputs.iter().map(relative).collect()
    };
    let chapters = ["SKILL.md", "patterns.md", "gotchas.md", "helpers.md"];
    assert_eq!(
        of(root.path()),
        [&chapters[..], &["corpus/contexts"]].concat()
    );
    write(&root, "README.md", "# A\n");
    write(&root, "book/src/start.md", "# A\n");
    assert_eq!(
        of(root.path()),
        [&chapters[..], &["README.md", "book/src", "corpus/contexts"]].concat()
    );
}

#[test]
fn a_missing_chapter_is_named() {
    let root = repository();
    fs::remove_file(root.path().join("patterns.md")).unwrap();
    assert_eq!(refused(&root), "patterns.md:1: this chapter is missing");
    assert!(page_paths(root.path()).is_err());
}

#[test]
fn the_errors_of_all_pages_are_found() {
    let root = repository();
    write(&root, "gotchas.md", "# A\n\n```rust\na\n```\n");
    write(&root, "book/src/start.md", "# A\n\n```rust\na\n```\n");
    let found = refused(&root);
    assert!(
        found.contains("gotchas.md:3: a Rust fence without a verdict"),
        "{found}"
    );
    assert!(
        found.contains("book/src/start.md:3: a Rust fence without a verdict"),
        "{found}"
    );
}

#[test]
fn contexts_that_cannot_be_used_are_named() {
    let root = repository();
    write(
        &root,
        "patterns.md",
        "# A\n\n```rust,right,once,in=server\na\n```\n",
    );
    assert_eq!(
        refused(&root),
        "patterns.md:3: unknown context `server`: there is no file corpus/contexts/server.rs, only body"
    );
    write(&root, "corpus/contexts/server.rs", "fn scenario() {}\n");
    assert!(
        refused(&root).starts_with("corpus/contexts/server.rs:1: a context has exactly one line")
    );
    fs::remove_dir_all(root.path().join("corpus")).unwrap();
    assert!(refused(&root).starts_with("corpus/contexts:1: cannot be listed"));
}
