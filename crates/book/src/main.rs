//! `cargo book`: builds the book.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use async_drop_book::Verdicts;
use clap::{Parser, Subcommand};
use mdbook_preprocessor::Preprocessor;

/// Runs every block of the chapters, builds the book from them into target/book, and prints the path of its first page.
///
/// Exits with 0 when every block does as its chapter says, the book is built and every link in it resolves, 1 with the reason when not, 2 on wrong usage.
#[derive(Parser)]
#[command(
    name = "cargo book",
    bin_name = "cargo book",
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    /// Open the book in a browser
    #[arg(long)]
    open: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve as a preprocessor for the stock `mdbook`, which calls this by itself
    Preprocess,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(io::stderr)
        .without_time()
        .with_target(false)
        .init();
    let done = match arguments.command {
        Some(Command::Preprocess) => preprocess(),
        None => build(arguments.open),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn build(open: bool) -> Result<()> {
    let page = async_drop_book::build(&book())?.join("index.html");
    println!("{}", page.display());
    if open {
        opener::open_browser(&page).with_context(|| format!("cannot open {}", page.display()))?;
    }
    Ok(())
}

/// The book of the repository that this program was built in.
fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book")
}

fn preprocess() -> Result<()> {
    const CALLER: &str = "`mdbook build book`, of mdBook 0.5, calls this and writes the book to it: run that, or `cargo book`";
    if io::stdin().is_terminal() {
        bail!(CALLER);
    }
    let (context, book) = mdbook_preprocessor::parse_input(io::stdin()).context(CALLER)?;
    let book = Verdicts::default().run(&context, book)?;
    Ok(serde_json::to_writer(io::stdout(), &book)?)
}
