//! Lies that show when the block is compiled.

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use async_drop_checks::Cases;
use async_drop_corpus::{Chapter, compose};

use crate::{assert_said, chapter, contexts, root};

/// Tells a process to have skeptic compile the blocks that are said to compile.
const COMPILE: &str = "ASYNC_DROP_COMPILE_LIES";

/// The test that does it.
const COMPILES: &str = "rustc::every_lie_about_compiling_is_refuted";

/// Defines a test for each chapter: what is printed when its block is compiled, in order.
macro_rules! refuted_when_compiled {
    ($($chapter:ident: [$($words:expr),+ $(,)?],)+) => {
        const REFUTED: &[&str] = &[$(stringify!($chapter)),+];

        $(
            #[test]
            fn $chapter() {
                assert_said(&said()[stringify!($chapter)], &[$($words),+]);
            }
        )+
    };
}

refuted_when_compiled! {
    right_does_not_compile: [
        "error[E0599]: no method named `close` found",
        "/corpus/false_chapters/right_does_not_compile.md:7:12",
        "connection.close().await?;",
    ],
    right_is_not_send: [
        "error: future cannot be sent between threads safely",
        "/corpus/false_chapters/right_is_not_send.md:18:",
    ],
    right_guards_a_boxed_trait: [
        "error[E0277]: `dyn async_drop_utils::AsyncDrop<Error = InjectedFault> + Send`",
        "doesn't implement `Debug`",
        "/corpus/false_chapters/right_guards_a_boxed_trait.md:10:",
    ],
    right_implements_the_trait_as_shown: [
        "error[E0195]: lifetime parameters or bounds on method `async_drop_impl` do not match the trait declaration",
        "/corpus/false_chapters/right_implements_the_trait_as_shown.md:14:",
    ],
    right_warns: [
        "error: unused variable: `rows`",
        "/corpus/false_chapters/right_warns.md:7:5",
    ],
    should_panic_does_not_compile: [
        "error[E0599]: no method named `fetsch` found",
        "/corpus/false_chapters/should_panic_does_not_compile.md:8:12",
    ],
}

#[test]
fn every_lie_about_compiling_is_refuted() {
    if env::var_os(COMPILE).is_some() {
        REFUTED.iter().for_each(|name| compile(name));
        return;
    }
    assert_eq!(said().len(), REFUTED.len());
    for said in said().values() {
        assert!(!said.contains("accepted"), "{said}");
    }
}

#[test]
fn blocks_that_rustc_does_not_reject_as_recorded_are_refuted() {
    let lies = [
        "compile_fail_compiles",
        "compile_fail_only_warns",
        "compile_fail_with_another_diagnostic",
    ];
    let chapters = lies.map(|lie| chapter(lie).unwrap());
    let (folder, cases) = recorded("rejected_otherwise", &chapters);
    let paths: Vec<PathBuf> = cases
        .iter()
        .map(|case| folder.join(cases.file(case)))
        .collect();
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let program = Command::new(env!("CARGO_BIN_EXE_verdicts"));
    let all: Vec<_> = cases.iter().collect();
    let said: Vec<String> = async_drop_verdicts::failures(program, root(), &paths, false)
        .into_iter()
        .map(|(index, said)| cases.error(all[index], &said).to_string())
        .collect();
    assert_eq!(said.len(), 3, "{said:#?}");
    let compiled = "Expected test case to fail to compile, but it succeeded.";
    assert_said(
        &said[0],
        &[
            "corpus/false_chapters/compile_fail_compiles.md:5: section \"A block that must not compile compiles\"",
            compiled,
        ],
    );
    assert_said(
        &said[1],
        &[
            "corpus/false_chapters/compile_fail_only_warns.md:5: section",
            compiled,
        ],
    );
    assert_said(
        &said[2],
        &[
            "corpus/false_chapters/compile_fail_with_another_diagnostic.md:5: section",
            "EXPECTED:",
            "error[E0596]: cannot borrow `connection` as mutable",
            "ACTUAL OUTPUT:",
            "error[E0599]: no method named `close` found",
            "accept with `CORPUS=accept cargo test --test compile_fail`",
        ],
    );
}

#[test]
fn a_quote_that_is_not_what_the_compiler_said_is_refuted() {
    let lies = [
        "compile_fail_misquoted",
        "compile_fail_in_another_line",
        "compile_fail_with_another_code",
        "compile_fail_without_a_code",
        "compile_fail_without_a_place",
    ];
    let chapters = lies.map(|lie| chapter(lie).unwrap());
    let (_, cases) = recorded("misquoted", &chapters);
    assert_said(
        &cases.check_quotes().unwrap_err().to_string(),
        &[
            "corpus/false_chapters/compile_fail_misquoted.md:13: section \"A block quotes what the compiler never said\"",
            "the chapter says:  help: call `connect_mut` instead",
            "the compiler says: error[E0596]: cannot borrow",
            "corpus/false_chapters/compile_fail_in_another_line.md:12: section \"A block is rejected in another line\"",
            "the chapter says:   --> src/main.rs:1:5",
            "the compiler says: error[E0596]: cannot borrow",
            " --> src/main.rs:2:1",
            "corpus/false_chapters/compile_fail_with_another_code.md:11: section \"A block is rejected with another code\"",
            "the chapter says:  error[E0594]: cannot borrow",
            "the compiler says: error[E0596]: cannot borrow",
            "corpus/false_chapters/compile_fail_without_a_code.md:11: section \"A block is rejected with a code that is left out\": \
             the quote has to start with an error's first line, its code included",
            "corpus/false_chapters/compile_fail_without_a_place.md:11: section \"A block is rejected at a place that is left out\": \
             the quote has to name the error's place",
        ],
    );
}

#[test]
fn a_case_that_is_not_what_the_chapter_shows_is_refuted() {
    let chapters = [chapter("compile_fail_misquoted").unwrap()];
    let (folder, cases) = recorded("stale", &chapters);
    cases.compare().unwrap();

    let file = folder.join(cases.file(cases.iter().next().unwrap()));
    let shown = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        shown.replace("connection.async_drop()", "connection.close()"),
    )
    .unwrap();
    fs::write(file.with_file_name("left-over.rs"), "").unwrap();
    fs::remove_file(file.with_extension("stderr")).unwrap();
    assert_said(
        &cases.compare().unwrap_err().to_string(),
        &[
            "corpus/false_chapters/compile_fail_misquoted.md:5: section",
            "is not what the chapter shows:",
            "-connection.close().await?;",
            "+connection.async_drop().await?;",
            "accept with `CORPUS=accept cargo test --test compile_fail`",
            "left-over.rs:1: no block of the chapters makes this case any more",
        ],
    );

    cases.accept().unwrap();
    assert_said(
        &cases.compare().unwrap_err().to_string(),
        &[
            "corpus/false_chapters/compile_fail_misquoted.md:5: section",
            "no diagnostic is recorded",
        ],
    );
}

/// Writes the cases of `chapters` to a folder of this test's own, each with what rustc says of a binding without `mut` in the block's
/// first line for the recorded diagnostic.
fn recorded<'a>(name: &str, chapters: &'a [Chapter]) -> (PathBuf, Cases<'a>) {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let cases = Cases::new(chapters, &contexts(), &root, "cases").unwrap();
    cases.accept().unwrap();
    for case in cases.iter() {
        let file = cases.file(case);
        let said = format!(
            "error[E0596]: cannot borrow `connection` as mutable, as it is not declared as mutable\n  --> {file}:{}:1\n",
            case.first_line + 1
        );
        fs::write(root.join(file).with_extension("stderr"), said).unwrap();
    }
    (root, cases)
}

/// What skeptic prints when it compiles the blocks; one process compiles all, whose output can be read.
fn said() -> &'static BTreeMap<String, String> {
    static SAID: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    SAID.get_or_init(|| {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", COMPILES, "--nocapture"])
            .env(COMPILE, "1")
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stderr)
            .split("\n=== ")
            .skip(1)
            .filter_map(|said| said.split_once('\n'))
            .map(|(name, said)| (name.to_owned(), said.to_owned()))
            .collect()
    })
}

/// Has skeptic compile the block of a chapter and run it.
fn compile(name: &str) {
    eprintln!("\n=== {name}");
    let block = &chapter(name).unwrap().blocks[0];
    let contexts = contexts();
    let context = contexts.of(block).unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("false_chapters");
    let composed = compose(block, context, root(), &out).unwrap().unwrap();
    composed.write().unwrap();
    let run = || {
        skeptic::rt::run_test(
            env!("CARGO_MANIFEST_DIR"),
            env!("OUT_DIR"),
            env!("ASYNC_DROP_TARGET"),
            &composed.program,
        );
    };
    if catch_unwind(run).is_ok() {
        eprintln!("accepted");
    }
}
