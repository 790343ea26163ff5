//! Runs trybuild in a process of its own, so that what it says can be read and attributed to chapters.

use std::env;
use std::path::Path;
use std::process::Command;

/// Holds the paths of the cases, one a line, in the process that runs trybuild.
const CASES: &str = "ASYNC_DROP_CASES";

/// The package in whose name trybuild compiles: what a case may use is among its dependencies.
///
/// With the root's dependencies, skeptic and trybuild among them, trybuild takes four times as long.
const PACKAGE: &str = "crates/fixtures";

/// Runs trybuild if this process was started for it by [`failures`], and says whether it was.
///
/// The test that calls [`failures`] calls this first.
///
/// # Panics
///
/// If trybuild finds fault with a case.
pub fn run_if_asked() -> bool {
    let Ok(cases) = env::var(CASES) else {
        return false;
    };
    let trybuild = trybuild::TestCases::new();
    for case in cases.lines() {
        trybuild.compile_fail(case);
    }
    true
}

/// Runs trybuild on `cases` and returns, in their order, what it says about each that is not rejected as recorded.
///
/// `test` is the name of the calling test; `overwrite` records the diagnostics instead of comparing them.
///
/// # Panics
///
/// If trybuild does not get as far as looking at every case; with all that it said.
pub fn failures(test: &str, cases: &[&Path], overwrite: bool) -> Vec<(usize, String)> {
    if cases.is_empty() {
        return Vec::new();
    }
    let paths: Vec<String> = cases
        .iter()
        // Those of another root are absolute.
        .map(|case| case.strip_prefix(PACKAGE).unwrap_or(case))
        .map(|case| case.to_string_lossy().into_owned())
        .collect();
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join(PACKAGE);
    let mut command = Command::new(env::current_exe().expect("a running program has a path"));
    command
        .args(["--exact", test, "--nocapture"])
        .env(CASES, paths.join("\n"))
        // trybuild compiles everything that the package of the working directory depends on: this one has little.
        .current_dir(&package)
        .env("CARGO_MANIFEST_DIR", &package)
        // Without colours and without a diff that is told by colours alone.
        .env("NO_COLOR", "1")
        .env("TERM", "dumb");
    if overwrite {
        command.env("TRYBUILD", "overwrite");
    }
    let output = command.output().expect("this program can be started again");
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
