//! Opens the built book in headless Chromium and checks that it works.

mod book;
mod browser;
mod checks;
mod faults;
mod page;
mod verdicts;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use std::{fs, io};

use anyhow::{Context, Result, bail};
use clap::Parser;

use crate::book::Book;
use crate::browser::Browser;
use crate::checks::Check;

/// How long everything may take together, closing the browser aside.
const DEADLINE: Duration = Duration::from_secs(600);

/// How long a page may take to get into the state that a check waits for.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same for a page that is broken so that it never does.
const PATIENCE_WITH_BROKEN_BOOKS: Duration = Duration::from_secs(3);

/// Builds the book and checks in headless Chromium that pages load without an error, and that search, links to gotchas,
/// the theme switch, the marks of verdicts and the page that lists them work.
///
/// Needs Chromium and its driver; on Debian: apt-get install chromium chromium-driver.
/// Exits with 0 when everything works, 1 when not or when there is no browser, 2 on wrong usage.
#[derive(Parser)]
#[command(name = "cargo browser-check", bin_name = "cargo browser-check")]
struct Arguments {
    /// Check the check: break copies of the book in every way that it looks for, and see each one rejected
    #[arg(long, conflicts_with = "screenshots")]
    self_test: bool,
    /// Instead of checking, write a picture of each page in the light and the dark theme into this folder
    #[arg(long, value_name = "FOLDER")]
    screenshots: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    let patience = if arguments.self_test {
        PATIENCE_WITH_BROKEN_BOOKS
    } else {
        PATIENCE
    };
    let mut browser = Browser::start(patience).await?;
    let outcome = tokio::select! {
        outcome = use_browser(&browser, arguments) => outcome,
        () = tokio::time::sleep(DEADLINE) => Err(anyhow::anyhow!("not done within {DEADLINE:?}")),
        interrupted = interrupted() => interrupted,
    };
    let closed = browser.async_drop().await;
    outcome?;
    closed
}

async fn use_browser(browser: &Browser, arguments: &Arguments) -> Result<()> {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book");
    let built = async_drop_book::build(&book)?;
    if arguments.self_test {
        return faults::self_test(browser, &built).await;
    }
    match &arguments.screenshots {
        Some(folder) => screenshots(browser, &built, folder).await,
        None => check(browser, &built).await,
    }
}

async fn check(browser: &Browser, built: &Path) -> Result<()> {
    let mut failed = 0;
    for check in Check::ALL {
        match check.run(browser, built).await {
            Ok(()) => println!("ok: {check}"),
            Err(error) => {
                failed += 1;
                println!("FAILED: {check}\n{error:#}");
            }
        }
    }
    match failed {
        0 => Ok(()),
        failed => bail!(
            "{failed} of {} browser checks failed for {}",
            Check::ALL.len(),
            built.display()
        ),
    }
}

async fn screenshots(browser: &Browser, built: &Path, folder: &Path) -> Result<()> {
    let at = || format!("cannot write to {}", folder.display());
    fs::create_dir_all(folder).with_context(at)?;
    let book = Book::find(built)?;
    for scheme in ["light", "dark"] {
        browser.prefer(scheme).await?;
        for page in &book.pages {
            book.open(browser, page).await?;
            let picture = folder
                .join(page.replace('/', "-"))
                .with_extension(format!("{scheme}.png"));
            fs::write(&picture, browser.screenshot().await?).with_context(at)?;
            println!("{}", picture.display());
        }
    }
    Ok(())
}

/// Waits for a signal that asks the program to end, so that the browser is closed first.
async fn interrupted() -> Result<()> {
    wait_for_signal().await?;
    bail!("interrupted")
}

#[cfg(unix)]
async fn wait_for_signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
