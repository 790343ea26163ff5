use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The program that runs the blocks.
const PROGRAM: &str = "verdicts";

/// The features of the whole workspace and, through a test target, those for its tests: `cargo test --workspace` has then built
/// all of it.
const BUILD: [&str; 9] = [
    "build",
    "--locked",
    "--workspace",
    "--bin",
    PROGRAM,
    "--test",
    "blocks",
    "--message-format",
    "json-render-diagnostics",
];

/// What the run has seen one block do.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Seen {
    /// The chapter, relative to the repository's root.
    pub file: String,
    /// The line of the opening fence, counted from 1.
    pub line: usize,
    /// The verdict that the block was held to, as the fence says it.
    pub verdict: String,
    /// What was seen, in a few words.
    pub seen: String,
    /// How many faults were injected.
    pub faults: usize,
    /// At how many awaits the block was cancelled.
    pub cancellations: usize,
    /// How many pairs were injected.
    pub pairs: usize,
}

/// Builds the program that runs the blocks of the repository at `root`, and runs every one.
///
/// Cargo's progress goes to standard error.
///
/// # Errors
///
/// If the blocks do not build, or one does not do as its chapter says: the error then names its file and line.
pub fn run(root: &Path) -> Result<Vec<Seen>> {
    eprintln!("Building the chapters' blocks, for their verdicts");
    let program = build(root)?;
    eprintln!("Running the chapters' blocks");
    let started = || format!("cannot run {}", program.display());
    let output = Command::new(&program)
        .args(["--format", "json", "--thorough"])
        .current_dir(root)
        .output()
        .with_context(started)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "the blocks do not all do as their chapters say ({}):\n{}",
            output.status,
            said.trim_end()
        );
    }
    serde_json::from_slice(&output.stdout).with_context(started)
}

/// Builds the program and returns where it is.
fn build(root: &Path) -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let output = Command::new(&cargo)
        .args(BUILD)
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run {}", cargo.display()))?;
    if !output.status.success() {
        bail!("the chapters' blocks do not build, for the reasons above");
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let mut programs = messages.lines().filter_map(program);
    programs
        .next()
        .with_context(|| format!("cargo has built no program {PROGRAM}"))
}

/// The path in Cargo's message about the program, if `message` is that.
fn program(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    let target = &message["target"];
    let meant = message["reason"] == "compiler-artifact"
        && target["name"] == PROGRAM
        && target["kind"][0] == "bin";
    let executable = message["executable"].as_str().filter(|_| meant)?;
    Some(PathBuf::from(executable))
}
