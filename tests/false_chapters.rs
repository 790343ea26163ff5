//! Hands the proof chapters that are false on purpose, one per kind of lie, and checks that each is refuted for its reason.
//!
//! Each lie goes through what the chapters go through; only its contexts are its own.

mod rejected_by_rustc;

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use async_drop_checks::{CHECKS, Cases, Guidance};
use async_drop_corpus::{Chapter, Contexts, Errors, compose};

/// The chapters, and below them their contexts.
const FOLDER: &str = "corpus/false_chapters";

/// Holds the names of chapters, one a line, in the process that runs their blocks.
const CHAPTERS: &str = "ASYNC_DROP_FALSE_CHAPTERS";

/// Defines a test for each chapter: what is printed when its block is run, in order.
macro_rules! refuted_when_run {
    ($($chapter:ident: [$($words:expr),+ $(,)?],)+) => {
        const RUN: &[&str] = &[$(stringify!($chapter)),+];

        $(
            #[test]
            fn $chapter() {
                assert_said(said_when_run(stringify!($chapter)), &[$($words),+]);
            }
        )+
    };
}

refuted_when_run! {
    right_does_not_compile: [
        "error[E0599]: no method named `close` found",
        "/corpus/false_chapters/right_does_not_compile.md:7:12",
        "connection.close().await?;",
    ],
    right_warns: [
        "error: unused variable: `rows`",
        "/corpus/false_chapters/right_warns.md:7:5",
    ],
    right_fails_when_run: [
        "corpus/false_chapters/right_fails_when_run.md:5: section \"A right block fails when it is run\"",
        "the chapter says: right, also under cancellation",
        "the code does:    panics when nothing fails: assertion `left == right` failed",
        "panicked at src/main.rs:4:1",
    ],
    right_returns_before_the_cleanup: [
        "corpus/false_chapters/right_returns_before_the_cleanup.md:5: section \"A right block leaves its cleanup to a task\"",
        "the chapter says: right",
        "panics when nothing fails: returns before the cleanup has run: still open: connection #1",
    ],
    right_leaks_when_an_operation_fails: [
        "corpus/false_chapters/right_leaks_when_an_operation_fails.md:5: section \"A right block leaks when an operation fails\"",
        "the chapter says: right",
        "when fetch #1 fails",
        "still open: connection #1",
    ],
    cancel_safe_leaks_when_cancelled: [
        "corpus/false_chapters/cancel_safe_leaks_when_cancelled.md:5: section \"A cancel-safe block leaks when it is cancelled\"",
        "the chapter says: right, also under cancellation",
        "when cancelled at await #2",
        "still open: connection #1",
    ],
    cancel_safe_without_an_await: [
        "corpus/false_chapters/cancel_safe_without_an_await.md:5: section \"A cancel-safe block has nothing to cancel\"",
        "the chapter says: right, also under cancellation",
        "the code does:    has nothing to fail and nothing to cancel: say `right,once`",
    ],
    once_can_be_injected_into: [
        "corpus/false_chapters/once_can_be_injected_into.md:5: section \"A block that runs once can be injected into\"",
        "the chapter says: right, run once",
        "the code does:    survives 2 faults and 2 cancellations: say `cancel_safe`",
    ],
    right_survives_cancellation: [
        "corpus/false_chapters/right_survives_cancellation.md:5: section \"A block is right under a condition that it does not need\"",
        "the chapter says: right, but leaks when cancelled at await #2",
        "the code does:    survives every cancellation, too: say `cancel_safe`",
    ],
    right_breaks_elsewhere: [
        "corpus/false_chapters/right_breaks_elsewhere.md:5: section \"A right block breaks at another await\"",
        "the chapter says: leaks when cancelled at await #1",
        "the code does:    leaks when cancelled at await #2",
    ],
    should_panic_returns: [
        "corpus/false_chapters/should_panic_returns.md:5: section \"A panicking block does not panic\"",
        "the chapter says: panics with: Value already dropped",
        "the code does:    does not panic: returns",
    ],
    should_panic_with_other_words: [
        "corpus/false_chapters/should_panic_with_other_words.md:5: section \"A panicking block panics with other words\"",
        "the chapter says: panics with: Value already cleaned up",
        "the code does:    panics with: Value already dropped",
    ],
    should_panic_before: [
        "corpus/false_chapters/should_panic_before.md:5: section \"A panicking block panics before it comes to what it shows\"",
        "the chapter says: panics with: Value already dropped",
        "the code does:    panics with: still open",
    ],
    should_panic_elsewhere: [
        "corpus/false_chapters/should_panic_elsewhere.md:5: section \"A panicking block panics in another line\"",
        "the chapter says: panics with: Forgot to call async_drop on 7 (type i32, guard made at src/main.rs:2:13)",
        "the code does:    panics with: Forgot to call async_drop on 7 (type i32, guard made at src/main.rs:1:13)",
    ],
    should_panic_does_not_compile: [
        "error[E0599]: no method named `fetsch` found",
        "/corpus/false_chapters/should_panic_does_not_compile.md:8:12",
    ],
    leaks_does_not: [
        "corpus/false_chapters/leaks_does_not.md:5: section \"A leaking block does not leak\"",
        "the chapter says: leaks when fetch #1 fails",
        "the code does:    does not leak: survives 2 faults",
    ],
    leaks_at_another_fault: [
        "corpus/false_chapters/leaks_at_another_fault.md:5: section \"A leaking block leaks at another fault\"",
        "the chapter says: leaks when fetch #1 fails",
        "the code does:    leaks when nothing fails",
        "still open: connection #1",
    ],
    leaks_before_it_is_cancelled: [
        "corpus/false_chapters/leaks_before_it_is_cancelled.md:5: section \"A block that leaks when cancelled leaks when nothing fails\"",
        "the chapter says: leaks when cancelled at await #2",
        "the code does:    leaks when nothing fails",
        "still open: connection #1",
    ],
}

#[test]
fn a_true_chapter_is_accepted_in_edition_2024() {
    if run_if_asked() {
        return;
    }
    assert_eq!(said_when_run("true_in_edition_2024").trim(), "accepted");
}

#[test]
fn blocks_that_rustc_does_not_reject_as_recorded_are_refuted() {
    if rejected_by_rustc::run_if_asked() {
        return;
    }
    let lies = [
        "compile_fail_compiles",
        "compile_fail_only_warns",
        "compile_fail_with_another_diagnostic",
    ];
    let chapters = lies.map(|lie| chapter(lie).unwrap());
    let (root, cases) = recorded("rejected_otherwise", &chapters);
    let paths: Vec<PathBuf> = cases
        .iter()
        .map(|case| root.join(cases.file(case)))
        .collect();
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let test = "blocks_that_rustc_does_not_reject_as_recorded_are_refuted";
    let all: Vec<_> = cases.iter().collect();
    let said: Vec<String> = rejected_by_rustc::failures(test, &paths, false)
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
    let (root, cases) = recorded("stale", &chapters);
    cases.compare().unwrap();

    let file = root.join(cases.file(cases.iter().next().unwrap()));
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

#[test]
fn a_signature_that_differs_by_a_bound_is_refuted() {
    assert_said(
        &signatures("signature_differs_by_a_bound"),
        &[
            "corpus/false_chapters/signature_differs_by_a_bound.md:7: section \"A signature differs by a bound\"",
            "the signature of method `AsyncDropGuard::is_dropped` differs from the code",
            "the chapter says:",
            "impl<T> AsyncDropGuard<T> {",
            "the code says:",
            "impl<T: Debug> AsyncDropGuard<T> {",
            "(crates/utils/src/async_drop/guard/wrapper.rs:",
        ],
    );
}

#[test]
fn a_signature_of_an_item_that_does_not_exist_is_refuted() {
    assert_eq!(
        signatures("signature_of_nothing"),
        "corpus/false_chapters/signature_of_nothing.md:8: section \"A signature is that of an item that does not exist\": \
         there is no method `AsyncDropGuard::close` in crates/utils/src"
    );
}

#[test]
fn a_gotcha_with_one_side_is_refuted() {
    assert_eq!(
        gotchas("gotcha_with_one_side"),
        "corpus/false_chapters/gotcha_with_one_side.md:3: entry \"1. An entry that shows nothing right\" \
         shows nothing right after the wrong block in line 7\n\
         corpus/false_chapters/gotcha_with_one_side.md:15: entry \"2. An entry that shows nothing wrong\" \
         shows nothing wrong: it needs a block that is `compile_fail`, `should_panic` or `leaks`\n\
         corpus/false_chapters/gotcha_with_one_side.md:23: entry \"3. An entry whose right block comes first\" \
         shows nothing right after the wrong block in line 31"
    );
}

#[test]
fn a_gotcha_that_changes_more_than_its_rule_says_is_refuted() {
    assert_eq!(
        gotchas("gotcha_that_changes_more_than_the_rule"),
        "corpus/false_chapters/gotcha_that_changes_more_than_the_rule.md:17: \
         section \"1. An entry whose right block does more than the rule says\": \
         the right block has more or fewer of these than the wrong one in line 7, and the rule names none of them: \
         `\"fetched {fetched:?}\"`, `println`\n\
         corpus/false_chapters/gotcha_that_changes_more_than_the_rule.md:38: \
         section \"2. An entry whose right block is another program\": \
         the right block shares 11% of its code with the wrong one in line 30, and has to share 40%\n\
         corpus/false_chapters/gotcha_that_changes_more_than_the_rule.md:38: \
         section \"2. An entry whose right block is another program\": \
         the right block has more or fewer of these than the wrong one in line 30, and the rule names none of them: \
         `1`, `2`, `3`, `7`, `assert_eq`, `fetch`"
    );
}

#[test]
fn a_message_that_nothing_says_is_refuted() {
    let errors = refuted("messages", "quotes_what_nothing_says");
    assert_eq!(
        errors,
        "corpus/false_chapters/quotes_what_nothing_says.md:3: nothing in crates/utils/src says \"Value was dropped\"\n\
         corpus/false_chapters/quotes_what_nothing_says.md:10: nothing in crates/utils/src says \"Forgot to await async_drop on\"\n\
         corpus/false_chapters/quotes_what_nothing_says.md:11: no recorded diagnostic in crates/fixtures/tests/compile_fail has the code E0999\n\
         corpus/false_chapters/quotes_what_nothing_says.md:13: no block of the chapters is quoted with \"leaks when nothing works\"\n\
         corpus/false_chapters/quotes_what_nothing_says.md:13: nothing in crates/utils/src says \"Value dropped\""
    );
}

#[test]
fn a_fence_without_a_verdict_is_refuted() {
    assert_said(
        &chapter("no_verdict").unwrap_err().to_string(),
        &["corpus/false_chapters/no_verdict.md:5: a Rust fence without a verdict"],
    );
}

#[test]
fn a_fence_that_is_not_run_is_refuted() {
    assert_said(
        &chapter("ignored").unwrap_err().to_string(),
        &[
            "corpus/false_chapters/ignored.md:5: `ignore` is not allowed",
            "corpus/false_chapters/ignored.md:9: `no_run` is not allowed",
        ],
    );
}

#[test]
fn a_context_that_does_not_exist_is_refuted() {
    let chapter = chapter("unknown_context").unwrap();
    let error = contexts().of(&chapter.blocks[0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "corpus/false_chapters/unknown_context.md:5: unknown context `server`: \
         there is no file corpus/false_chapters/contexts/server.rs, only body"
    );
}

#[test]
fn a_dead_link_is_refuted() {
    assert_eq!(
        links("dead_link"),
        "corpus/false_chapters/dead_link.md:5: dead link `right_wars.md`: there is no corpus/false_chapters/right_wars.md"
    );
}

#[test]
fn a_dead_anchor_is_refuted() {
    assert_said(
        &links("dead_anchor"),
        &[
            "corpus/false_chapters/dead_anchor.md:5: dead anchor `right_warns.md#a-right-block-has-an-error`: \
             no heading of corpus/false_chapters/right_warns.md has it; the nearest are a-right-block-has-a-warning",
            "corpus/false_chapters/dead_anchor.md:6: dead anchor `#an-anchor-is-alive`",
        ],
    );
}

#[test]
fn front_matter_with_another_name_is_refuted() {
    let errors = refuted("front matter", "front_matter_with_another_name");
    assert_eq!(
        errors,
        "corpus/false_chapters/front_matter_with_another_name.md:2: \
         `name`: `async_drop` may hold only lowercase letters, digits and hyphens"
    );
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn chapter(name: &str) -> Result<Chapter, Errors> {
    let file = format!("{FOLDER}/{name}.md");
    let text = fs::read_to_string(root().join(&file)).expect("a false chapter can be read");
    Chapter::parse(&file, &text)
}

fn contexts() -> Contexts {
    Contexts::read(root(), &format!("{FOLDER}/contexts")).unwrap()
}

/// What the check of this name finds in a chapter, which stands in place of all pages.
fn refuted(check: &str, name: &str) -> String {
    static GUIDANCE: OnceLock<Guidance> = OnceLock::new();
    let guidance = GUIDANCE
        .get_or_init(|| Guidance::read(root()).unwrap_or_else(|errors| panic!("\n{errors}")));
    let chapter = chapter(name).unwrap();
    let mut lie = guidance.with_pages(Vec::new());
    if check == "both sides" {
        lie.layout.gotchas = chapter.file.clone().leak();
    }
    lie.pages.push(chapter);
    let check = CHECKS.iter().find(|known| known.name == check).unwrap();
    (check.run)(&lie).unwrap_err().to_string()
}

fn signatures(name: &str) -> String {
    refuted("signatures", name)
}

fn gotchas(name: &str) -> String {
    refuted("both sides", name)
}

fn links(name: &str) -> String {
    refuted("links", name)
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

/// Runs the blocks of the chapters that the environment names, if this process was started for it, and says whether it was.
fn run_if_asked() -> bool {
    let Ok(chapters) = env::var(CHAPTERS) else {
        return false;
    };
    for name in chapters.lines() {
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
    true
}

/// What is printed when the block of a chapter is run; all are run by one process, whose output can be read.
fn said_when_run(name: &str) -> &'static str {
    static SAID: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let said = SAID.get_or_init(|| {
        let names = [RUN, &["true_in_edition_2024"]].concat();
        let output = Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                "a_true_chapter_is_accepted_in_edition_2024",
                "--nocapture",
            ])
            .env(CHAPTERS, names.join("\n"))
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stderr)
            .split("\n=== ")
            .skip(1)
            .filter_map(|said| said.split_once('\n'))
            .map(|(name, said)| (name.to_owned(), said.to_owned()))
            .collect()
    });
    &said[name]
}

/// Checks that `words` are found in `said`, in order.
fn assert_said(said: &str, words: &[&str]) {
    let mut rest = said;
    for words in words {
        let (_, after) = rest.split_once(words).unwrap_or_else(|| {
            panic!("not said, or not in this place: {words}\n--- said:\n{said}")
        });
        rest = after;
    }
}
