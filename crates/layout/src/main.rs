//! The command `cargo layout`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use async_drop_layout::{Circles, Workspace, table};
use clap::builder::PathBufValueParser;
use clap::{Arg, Command};

fn main() -> ExitCode {
    let matches = Command::new("cargo layout")
        .about("Shows how much Rust each crate has, and which files import each other")
        .after_help("Exit codes: 0 nothing imports each other, 1 something does or cannot be read, 2 wrong usage.")
        .arg(
            Arg::new("root")
                .long("root")
                .value_name("FOLDER")
                .value_parser(PathBufValueParser::new())
                .default_value(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
                .hide_default_value(true)
                .help("The repository to look at, instead of this one"),
        )
        .get_matches();
    let root = matches
        .get_one::<PathBuf>("root")
        .map_or(Path::new("."), PathBuf::as_path);
    match look_at(root) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the table and the circles, and says whether there is none.
fn look_at(root: &Path) -> Result<bool> {
    let workspace = Workspace::read(root)?;
    print!("{}", table(&workspace)?);
    let circles = Circles::find(&workspace)?;
    println!(
        "\n{} pairs of files where one imports the other: {}",
        circles.pairs,
        counted(circles.files.len(), "circle", circles.files_upward)
    );
    println!(
        "{} such pairs of entries of one folder: {}",
        circles.entry_pairs,
        counted(
            circles.folders.len(),
            "further circle",
            circles.entries_upward
        )
    );
    if !circles.is_empty() {
        print!("\n{circles}");
    }
    Ok(circles.is_empty())
}

fn counted(circles: usize, what: &str, upward: usize) -> String {
    let circles = match circles {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        _ => format!("{circles} {what}s"),
    };
    match upward {
        0 => circles,
        _ => format!("{circles}, gone without {upward} of the pairs"),
    }
}
