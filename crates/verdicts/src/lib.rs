//! Holds every block of the chapters to its verdict and says what it was seen to do.
//!
//! The root package's tests hold the same blocks one program each, so that each failure is a test of its own. Here all that
//! run are one program: rustc needs a tenth of the time for it, which is what the mutation of the library lives on.

mod cli;
mod record;
mod running;
mod unrun;

use std::path::Path;
use std::process::ExitCode;

use async_drop_corpus::{Errors, Verdict, read_pages};
use async_drop_fixtures::verdict::Running;

use cli::{Format, Wanted};
use record::Record;

/// Does what the command line asks for, with `blocks` for those that run, and returns the exit code.
pub fn run(blocks: &'static [Running]) -> ExitCode {
    if let Some(code) = running::run_if_asked(blocks) {
        return code;
    }
    let wanted = match cli::wanted() {
        Ok(wanted) => wanted,
        Err(said) => {
            let _ = said.print();
            return ExitCode::from(said.exit_code() as u8);
        }
    };
    match records(blocks, Path::new(env!("ASYNC_DROP_ROOT")), &wanted) {
        Ok(records) => {
            match wanted.format {
                Format::Json => println!("{}", record::json(&records)),
                Format::Text => print!("{}", record::text(&records)),
            }
            ExitCode::SUCCESS
        }
        Err(errors) => {
            eprintln!("{errors}");
            ExitCode::FAILURE
        }
    }
}

/// What each wanted block was seen to do, in the order of the chapters.
fn records(
    blocks: &'static [Running],
    root: &Path,
    wanted: &Wanted,
) -> Result<Vec<Record>, Errors> {
    let chapters = read_pages(root)?;
    let mut errors = Errors::default();
    let mut records = running::records(blocks).unwrap_or_else(|found| {
        errors.0.extend(found.0);
        Vec::new()
    });
    if !wanted.only_running {
        for found in [
            unrun::rejected(root, &chapters),
            unrun::signatures(root, &chapters),
        ] {
            match found {
                Ok(found) => records.extend(found),
                Err(found) => errors.0.extend(found.0),
            }
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
            None if wanted.only_running && !runs(block.verdict) => {}
            // This program was built of other chapters than those that stand there now.
            None => panic!("nothing was seen of {}: build again", block.place()),
        }
    }
    Ok(sorted)
}

fn runs(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::CompileFail | Verdict::Signature)
}
