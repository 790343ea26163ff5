//! Holds every block of the chapters to its verdict and says what it was seen to do.
//!
//! The root package's tests hold the same blocks one program each, so that each failure is a test of its own. Here all that
//! run are one program: rustc needs a tenth of the time for it, which is what the mutation of the library lives on.

mod cli;
mod record;
mod running;
mod unrun;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use async_drop_corpus::{Error, Errors, read_pages};
use async_drop_fixtures::verdict::Running;

use cli::Format;
use record::Record;

/// Does what the command line asks for, with `blocks` for those that run, and returns the exit code.
pub fn run(blocks: &'static [Running]) -> ExitCode {
    if let Some(code) = running::run_if_asked(blocks) {
        return code;
    }
    let format = match cli::format() {
        Ok(format) => format,
        Err(said) => {
            let _ = said.print();
            return ExitCode::from(said.exit_code() as u8);
        }
    };
    match records(blocks, Path::new(env!("ASYNC_DROP_ROOT"))) {
        Ok(records) => {
            let words = match format {
                Format::Json => format!("{}\n", record::json(&records)),
                Format::Text => record::text(&records),
            };
            // Whoever reads may have read enough and gone.
            match io::stdout().write_all(words.as_bytes()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            }
        }
        Err(errors) => {
            eprintln!("{errors}");
            ExitCode::FAILURE
        }
    }
}

/// What each block was seen to do, in the order of the chapters.
fn records(blocks: &'static [Running], root: &Path) -> Result<Vec<Record>, Errors> {
    let chapters = read_pages(root)?;
    let mut errors = Errors::default();
    let mut records = running::records(blocks).unwrap_or_else(|found| {
        errors.0.extend(found.0);
        Vec::new()
    });
    for found in [unrun::rejected(root, &chapters), unrun::signatures(root)] {
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
