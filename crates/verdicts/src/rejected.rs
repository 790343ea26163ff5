//! Runs trybuild in a process of its own, so that what it says can be read and attributed to chapters.

use std::env;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

/// Holds the paths of the cases, one a line, in the process that runs trybuild.
const CASES: &str = "ASYNC_DROP_CASES";

/// The package in whose name trybuild compiles: what a case may use is among its dependencies.
///
/// With those of the root package, trybuild takes four times as long.
const PACKAGE: &str = "crates/fixtures";

/// Runs trybuild if this process was started for it by [`failures`], and says whether it was.
///
/// # Panics
///
/// If trybuild finds fault with a case.
pub(crate) fn run_if_asked() -> bool {
    let Ok(cases) = env::var(CASES) else {
        return false;
    };
    let trybuild = trybuild::TestCases::new();
    for case in cases.lines() {
        trybuild.compile_fail(case);
    }
    true
}

/// Has `program`, which calls [`run`](crate::run), hand `cases` to trybuild, and returns what that says about each that is not rejected
/// as recorded, by its index.
///
/// Paths are relative to `root`, or absolute; `overwrite` records the diagnostics instead of comparing them.
///
/// # Panics
///
/// If trybuild does not get as far as looking at every case; with all that it said.
pub fn failures(
    mut program: Command,
    root: &Path,
    cases: &[&Path],
    overwrite: bool,
) -> Vec<(usize, String)> {
    if cases.is_empty() {
        return Vec::new();
    }
    // Past libtest, which keeps what `eprintln!` prints until the test has failed.
    let _ = writeln!(
        io::stderr(),
        "rustc is given {} programs that it must reject; the first time, what they use is compiled before (a minute or two)",
        cases.len()
    );
    let paths: Vec<String> = cases
        .iter()
        .map(|case| case.strip_prefix(PACKAGE).unwrap_or(case))
        .map(|case| case.to_string_lossy().into_owned())
        .collect();
    let package = root.join(PACKAGE);
    program
        .env(CASES, paths.join("\n"))
        // trybuild compiles everything that the package of the working directory depends on: this one has little.
        .current_dir(&package)
        .env("CARGO_MANIFEST_DIR", &package)
        // Without colours and without a diff that is told by colours alone.
        .env("NO_COLOR", "1")
        .env("TERM", "dumb");
    if overwrite {
        program.env("TRYBUILD", "overwrite");
    }
    let output = program.output().expect("the program can be started");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let verdicts: Option<Vec<String>> = paths.iter().map(|path| verdict(&said, path)).collect();
    let Some(verdicts) = verdicts else {
        panic!("trybuild did not look at every case:\n{said}");
    };
    verdicts
        .into_iter()
        .enumerate()
        .filter(|(_, verdict)| {
            let first = verdict.lines().next().unwrap_or_default().trim();
            first != "ok" && !(overwrite && first == "wip")
        })
        .collect()
}

/// What trybuild says about one case: up to the next case, and without its advice, which the caller's replaces.
fn verdict(said: &str, path: &str) -> Option<String> {
    let (_, after) = said.split_once(&format!("test {path} ... "))?;
    let end = ["\ntest ", "\nnote: If the actual output", "\n\n\n"]
        .into_iter()
        .filter_map(|mark| after.find(mark))
        .min()
        .unwrap_or(after.len());
    Some(after[..end].trim().to_owned())
}
