//! Holds every `compile_fail` block to the diagnostic that is recorded beside its case.

use std::env;
use std::path::Path;
use std::process::Command;

use async_drop_checks::{Case, Cases};
use async_drop_corpus::{CONTEXTS, CORPUS, Contexts, Errors, read_pages};

/// Where the cases are committed: below the package that they are compiled for, since trybuild records places in no other file.
const CASES: &str = "crates/fixtures/tests/compile_fail";

#[test]
fn blocks_that_must_not_compile_are_rejected_as_recorded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if let Err(errors) = check(root) {
        panic!("\n{errors}");
    }
}

fn check(root: &Path) -> Result<(), Errors> {
    let chapters = read_pages(root)?;
    let contexts = Contexts::read(root, CONTEXTS)?;
    let cases = Cases::new(&chapters, &contexts, root, CASES)?;
    let accept = env::var_os(CORPUS).is_some_and(|value| value == "accept");
    if accept {
        cases.accept().expect("the cases can be written");
    } else {
        cases.compare()?;
    }
    let files: Vec<String> = cases.iter().map(|case| cases.file(case)).collect();
    let paths: Vec<&Path> = files.iter().map(Path::new).collect();
    let program = Command::new(env!("CARGO_BIN_EXE_verdicts"));
    let all: Vec<&Case<'_>> = cases.iter().collect();
    let mut errors = Errors::default();
    for (index, said) in async_drop_verdicts::failures(program, root, &paths, accept) {
        errors.0.push(cases.error(all[index], &said));
    }
    errors.or(())?;
    cases.check_quotes()
}
