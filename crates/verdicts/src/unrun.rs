//! The blocks that do not run: those that the compiler rejects, and signatures.

use std::fs;
use std::path::Path;

use async_drop_checks::{Cases, Guidance};
use async_drop_corpus::{CONTEXTS, Chapter, Contexts, Errors};

use crate::record::Record;

/// Says with which error the compiler rejects the cases of the chapters.
///
/// It is read from the recorded diagnostics, to which the root package's test `compile_fail` holds the compiler.
pub fn rejected(root: &Path, chapters: &[Chapter]) -> Result<Vec<Record>, Errors> {
    let contexts = Contexts::read(root, CONTEXTS)?;
    let cases = Cases::new(
        chapters,
        &contexts,
        root,
        "crates/fixtures/tests/compile_fail",
    )?;
    cases.compare()?;
    let records = cases.iter().map(|case| {
        let recorded = root.join(cases.file(case)).with_extension("stderr");
        Record {
            file: case.block.file.clone(),
            line: case.block.line,
            seen: format!(
                "rejected: {}",
                error(&fs::read_to_string(recorded).unwrap_or_default())
            ),
            ..Record::default()
        }
    });
    Ok(records.collect())
}

/// The first error of a diagnostic: its code, or its words where it has none.
fn error(diagnostic: &str) -> String {
    let errors = diagnostic
        .lines()
        .filter_map(|line| line.strip_prefix("error"));
    let first = errors.into_iter().next().unwrap_or_default();
    match first
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((code, _)) => code.to_owned(),
        None => first.trim_start_matches(": ").to_owned(),
    }
}

/// Compares the signatures of the chapters with the library, and says where the code has them.
pub fn signatures(root: &Path) -> Result<Vec<Record>, Errors> {
    let guidance = Guidance::read(root)?;
    let signatures = guidance.signatures()?.into_iter();
    let records = signatures.map(|(block, files)| Record {
        file: block.file.clone(),
        line: block.line,
        seen: format!("equals {}", files.join(", ")),
        ..Record::default()
    });
    Ok(records.collect())
}
