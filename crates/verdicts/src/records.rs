//! What each block was seen to do: those that run, those that the compiler rejects, signatures, and parts of programs.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

use async_drop_checks::{Cases, Guidance};
use async_drop_corpus::{CONTEXTS, Chapter, Contexts, Error, Errors, read_pages};

use crate::judge::{Running, THOROUGH};
use crate::process;
use crate::record::Record;

/// What every block of the pages was seen to do, in their order; `blocks` are those that run.
pub(crate) fn records(
    blocks: &'static [Running],
    root: &Path,
    thorough: bool,
) -> Result<Vec<Record>, Errors> {
    let chapters = read_pages(root)?;
    let mut errors = Errors::default();
    let mut records = Vec::new();
    for found in [
        ran(blocks, thorough),
        rejected(root, &chapters),
        signatures(root),
        excerpts(root, &chapters),
    ] {
        match found {
            Ok(found) => records.extend(found),
            Err(found) => errors.0.extend(found.0),
        }
    }
    errors.or(())?;
    let mut sorted = Vec::new();
    for block in chapters.iter().flat_map(|chapter| &chapter.blocks) {
        let place = (block.file.as_str(), block.line);
        match records
            .iter()
            .position(|record| (record.file.as_str(), record.line) == place)
        {
            Some(index) => {
                let record = records.swap_remove(index);
                sorted.push(Record {
                    section: block.section.clone(),
                    verdict: block.verdict.name(),
                    ..record
                });
            }
            None => {
                let what = "nothing was seen of this block: the command was built of other chapters, build it again";
                return Err(Error::new(&block.file, block.line, what).into());
            }
        }
    }
    Ok(sorted)
}

/// Runs every block, as many at a time as there are processors.
fn ran(blocks: &[Running], thorough: bool) -> Result<Vec<Record>, Errors> {
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let results: Vec<Result<Record, Error>> = thread::scope(|scope| {
        let running: Vec<_> = (0..workers)
            .map(|_| scope.spawn(|| work(blocks, &next, thorough)))
            .collect();
        running
            .into_iter()
            .flat_map(|worker| worker.join().expect("a worker does not panic"))
            .collect()
    });
    let mut records = Vec::new();
    let mut errors = Errors::default();
    for result in results {
        match result {
            Ok(record) => records.push(record),
            Err(error) => errors.0.push(error),
        }
    }
    errors.0.sort();
    errors.or(records)
}

fn work(blocks: &[Running], next: &AtomicUsize, thorough: bool) -> Vec<Result<Record, Error>> {
    let program = env::current_exe().expect("a running program has a path");
    let mut results = Vec::new();
    while let Some(block) = blocks.get(next.fetch_add(1, Ordering::Relaxed)) {
        let mut command = Command::new(&program);
        if thorough {
            command.env(THOROUGH, "1");
        }
        results.push(process::hold(command, block.chapter, block.line));
    }
    results
}

/// Says with which error the compiler rejects the cases of the chapters.
///
/// It is read from the recorded diagnostics, to which the root package's test `compile_fail` holds the compiler.
fn rejected(root: &Path, chapters: &[Chapter]) -> Result<Vec<Record>, Errors> {
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
fn signatures(root: &Path) -> Result<Vec<Record>, Errors> {
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

/// Compares the blocks that are parts of programs with these.
fn excerpts(root: &Path, chapters: &[Chapter]) -> Result<Vec<Record>, Errors> {
    let mut records = Vec::new();
    let mut errors = Errors::default();
    for block in chapters.iter().flat_map(|chapter| &chapter.blocks) {
        let Some(excerpt) = &block.excerpt else {
            continue;
        };
        let program = fs::read_to_string(root.join(&excerpt.file)).unwrap_or_default();
        match excerpt.of(&program) {
            Ok(part) if part == block.code => records.push(Record {
                file: block.file.clone(),
                line: block.line,
                seen: format!("a part of {}", excerpt.file),
                ..Record::default()
            }),
            Ok(_) => {
                let what = format!("differs from {}: run `cargo tidy`", excerpt.file);
                errors.0.push(Error::new(&block.file, block.line, what));
            }
            Err(what) => errors.0.push(Error::new(&block.file, block.line, what)),
        }
    }
    errors.or(records)
}
