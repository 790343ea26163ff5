use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::cli::{self, Asked, Format};
use crate::judge::Running;
use crate::records::records;
use crate::{process, record, rejected};

/// The command `cargo verdicts` of the repository at `root`, with `blocks` for those that run: does what the command line asks for,
/// and returns the exit code.
///
/// It is also the program that runs a block, or trybuild, for whoever asks this crate to.
pub fn run(blocks: &'static [Running], root: &Path) -> ExitCode {
    if let Some(code) = process::run_if_asked(blocks) {
        return code;
    }
    if rejected::run_if_asked() {
        return ExitCode::SUCCESS;
    }
    let Asked { format, thorough } = match cli::asked() {
        Ok(asked) => asked,
        Err(said) => {
            let _ = said.print();
            return ExitCode::from(said.exit_code() as u8);
        }
    };
    match records(blocks, root, thorough) {
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
