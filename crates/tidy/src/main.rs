//! The command `cargo tidy`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use async_drop_corpus::Errors;
use async_drop_tidy::{Tidied, read_texts, tidy, write};
use clap::{Arg, ArgAction, Command, value_parser};

fn main() -> ExitCode {
    let matches = Command::new("cargo tidy")
        .bin_name("cargo tidy")
        .about(
            "Writes what follows from the entries' headings, numbers, tables of contents and links, and the blocks that are parts of programs",
        )
        .after_help(
            "Exit codes: 0 all is as it has to be, 1 something is wrong or, with --check, would change, 2 wrong usage.",
        )
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .help("Print what would change, and change nothing"),
        )
        .arg(
            Arg::new("root")
                .long("root")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .default_value(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
                .hide_default_value(true)
                .help("The repository, if it is not the one that this command is from"),
        )
        .get_matches();
    let check = matches.get_flag("check");
    let root = matches
        .get_one::<PathBuf>("root")
        .map_or(Path::new("."), PathBuf::as_path);
    match run(root, check) {
        Ok(tidied) if check && !tidied.is_empty() => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(errors) => {
            eprintln!("{errors}");
            ExitCode::FAILURE
        }
    }
}

/// Writes, or with `check` only shows, what changes, and returns it.
fn run(root: &Path, check: bool) -> Result<Vec<Tidied>, Errors> {
    let tidied = tidy(&read_texts(root)?)?;
    if !check {
        write(root, &tidied)?;
    }
    let mut said = String::new();
    for file in &tidied {
        let changes = file.changes();
        if check {
            for change in &changes {
                said.push_str(&format!("{}:{}\n{change}\n", file.file, change.line));
            }
        } else {
            let plural = if changes.len() == 1 { "" } else { "s" };
            said.push_str(&format!(
                "{}: {} change{plural}\n",
                file.file,
                changes.len()
            ));
        }
    }
    // Whoever has stopped reading needs no more of it.
    let _ = std::io::stdout().write_all(said.as_bytes());
    Ok(tidied)
}
