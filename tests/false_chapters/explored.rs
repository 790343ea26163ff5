//! How a lie is refuted that only the explorer sees.

use std::process::Command;
use std::{env, fs};

use crate::run::{held, held_by};
use crate::{assert_said, root};

/// What a process explores in place of everything.
const ONLY: &str = "ASYNC_DROP_EXPLORER_ONLY";

/// Has a process explore pairs, orders and ends of the runtime, too.
const THOROUGH: &str = "ASYNC_DROP_THOROUGH";

/// Holds the block of the chapter to its verdict: it is refuted at file and line by this finding and these further words, and again when
/// nothing but the finding is replayed. Where it survives all that can happen alone, it is explored thoroughly.
pub(crate) fn assert_found(folder: &str, name: &str, finding: &str, further: &[&str]) {
    let refuted = match held(folder, name) {
        Ok(_) => held_by(with(THOROUGH, "1"), folder, name).unwrap_err(),
        Err(refuted) => refuted,
    };
    assert_refuted(&refuted.to_string(), folder, name, finding, further);
    assert_replayed(folder, name, finding, further);
}

/// Holds the block of the chapter to its verdict with nothing but the finding, which refutes it.
pub(crate) fn assert_replayed(folder: &str, name: &str, finding: &str, further: &[&str]) {
    let refuted = held_by(with(ONLY, finding), folder, name).unwrap_err();
    assert_refuted(&refuted.to_string(), folder, name, finding, further);
}

fn assert_refuted(refuted: &str, folder: &str, name: &str, finding: &str, further: &[&str]) {
    let does = format!("\n  the code does:    {finding}");
    let (line, behind) = refuted[refuted.find(&does).unwrap_or_default() + 1..]
        .split_once('\n')
        .unwrap();
    // What a panic said may follow.
    let ends = line
        .strip_prefix(&does[1..])
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(": "));
    assert!(ends, "not found: {finding}\n--- said:\n{refuted}");
    let place = place(folder, name);
    assert_said(
        refuted,
        &[
            &place,
            "the chapter says: right, also under cancellation",
            &does,
        ],
    );
    let mut words = further.to_vec();
    let replay = format!("to replay: Explorer::only({finding:?})");
    words.push(&replay);
    assert_said(&format!("{line}\n{behind}"), &words);
}

pub(crate) fn with(variable: &str, value: &str) -> Command {
    let mut program = Command::new(env::current_exe().unwrap());
    program.env(variable, value);
    program
}

/// `file:line: section "…"` of the chapter's block.
fn place(folder: &str, name: &str) -> String {
    let file = format!("{folder}/{name}.md");
    let text = fs::read_to_string(root().join(&file)).unwrap();
    let fence = text.lines().position(|line| line.starts_with("```rust"));
    let section = text.lines().find_map(|line| line.strip_prefix("## "));
    let (line, section) = (fence.unwrap() + 1, section.unwrap());
    format!("{file}:{line}: section \"{section}\"")
}

/// Defines a test for each chapter of `FOLDER`: the finding, and further words that are said behind it.
macro_rules! found {
    ($($chapter:ident: $finding:literal $(, $words:literal)*;)+) => {
        const FOUND: &[(&str, &str)] = &[$((stringify!($chapter), $finding)),+];

        $(
            #[test]
            fn $chapter() {
                $crate::explored::assert_found(FOLDER, stringify!($chapter), $finding, &[$($words),*]);
            }
        )+

        #[test]
        fn every_chapter_of_the_folder_is_refuted() {
            let tested = FOUND.iter().map(|(chapter, _)| *chapter);
            assert_eq!($crate::run::files(FOLDER), tested.collect());
        }
    };
}
pub(crate) use found;
