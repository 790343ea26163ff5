//! Compiles a block that is a program of its own, and runs it.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::process::{ENDED_EARLY, HANGS, has_seen};

/// What a composed program, its context and its block use.
const USED: [&str; 5] = [
    "async_drop_fixtures",
    "async_drop_utils",
    "async_drop_verdicts",
    "async_trait",
    "tokio",
];

/// Builds what the blocks are compiled into, with the features of the whole workspace and its tests: `cargo test --workspace` has
/// then built all of it.
const BUILD: [&str; 8] = [
    "build",
    "--locked",
    "--workspace",
    "--bin=verdicts",
    "--test=blocks",
    "--quiet",
    "--message-format",
    "json-render-diagnostics",
];

/// What became of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did as its chapter says.
    Accepted,
    /// It did not: with what it printed.
    Refuted(String),
    /// It did not come to an end.
    Hangs,
    /// rustc rejected it: with what that printed.
    Rejected(String),
}

/// The libraries that Cargo has built for the blocks, as rustc is told of them.
#[derive(Clone, Debug)]
pub struct Libraries {
    args: Vec<OsString>,
}

impl Libraries {
    /// Has Cargo build the libraries of the repository at `root`, and all blocks as they are; its errors go to standard error.
    ///
    /// # Errors
    ///
    /// If they do not build.
    pub fn build(root: &Path) -> io::Result<Self> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let output = Command::new(cargo)
            .args(BUILD)
            .current_dir(root)
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(io::Error::other(
                "the chapters' blocks do not build, for the reasons above",
            ));
        }
        Self::of(&String::from_utf8_lossy(&output.stdout))
    }

    /// Finds the libraries in what Cargo says it has built.
    fn of(messages: &str) -> io::Result<Self> {
        let built: Vec<(String, PathBuf)> = messages.lines().filter_map(library).collect();
        let mut folders = BTreeSet::new();
        let mut args = Vec::new();
        for name in USED {
            let mut files = built.iter().filter(|(built, _)| built == name);
            let (Some((_, file)), None) = (files.next(), files.next()) else {
                return Err(io::Error::other(format!(
                    "cargo has not built {name} exactly once"
                )));
            };
            let mut library = OsString::from(format!("--extern={name}="));
            library.push(file);
            args.push(library);
        }
        for (_, file) in &built {
            if let Some(folder) = file.parent()
                && folders.insert(folder)
            {
                let mut search = OsString::from("-Ldependency=");
                search.push(folder);
                args.push(search);
            }
        }
        Ok(Self { args })
    }

    /// Compiles `program` in `folder` and runs it there.
    ///
    /// # Errors
    ///
    /// If rustc or the program cannot be started.
    pub fn run(&self, program: &str, folder: &Path) -> io::Result<Outcome> {
        let source = folder.join("program.rs");
        let binary = folder.join("program.exe");
        fs::write(&source, program)?;
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
        let compiled = Command::new(rustc)
            .arg(&source)
            // Nobody debugs it, and linking takes a third less without.
            .args([
                "--edition=2024",
                "--crate-name=program",
                "-Cstrip=debuginfo",
            ])
            .args(&self.args)
            .arg("-o")
            .arg(&binary)
            .output()?;
        if !compiled.status.success() {
            return Ok(Outcome::Rejected(words(&compiled.stderr)));
        }
        let ran = Command::new(&binary).current_dir(folder).output()?;
        Ok(outcome(
            ran.status.success(),
            &words(&ran.stdout),
            words(&ran.stderr),
        ))
    }
}

/// What became of a program that ended well or not, and printed this.
fn outcome(ended_well: bool, stdout: &str, stderr: String) -> Outcome {
    match ended_well {
        true if has_seen(stdout) => Outcome::Accepted,
        true => Outcome::Refuted(ENDED_EARLY.to_owned()),
        false if stderr.contains(HANGS) => Outcome::Hangs,
        false => Outcome::Refuted(stderr),
    }
}

/// The name and the file in Cargo's message about a library, if `message` is that.
fn library(message: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let target = &message["target"];
    let kind = target["kind"][0].as_str()?;
    if message["reason"] != "compiler-artifact" || !["lib", "proc-macro"].contains(&kind) {
        return None;
    }
    let file = message["filenames"]
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .find(|file| !file.ends_with(".rmeta"))?;
    let name = target["name"].as_str()?.replace('-', "_");
    Some((name, PathBuf::from(file)))
}

fn words(said: &[u8]) -> String {
    String::from_utf8_lossy(said).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(names: &[&str]) -> String {
        let message = |name: &&str| {
            format!(
                "{{\"reason\":\"compiler-artifact\",\"target\":{{\"name\":\"{name}\",\"kind\":[\"lib\"]}},\
                 \"filenames\":[\"/t/deps/lib{name}-1.rmeta\",\"/t/deps/lib{name}-1.rlib\"]}}\n"
            )
        };
        names.iter().map(message).collect()
    }

    #[test]
    fn libraries_are_named_by_what_cargo_has_built() {
        let names = USED.map(|name| name.replace("_", "-"));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let libraries = Libraries::of(&messages(&names)).unwrap();
        assert_eq!(
            libraries.args[1],
            "--extern=async_drop_utils=/t/deps/libasync-drop-utils-1.rlib"
        );
        assert_eq!(libraries.args[5..], ["-Ldependency=/t/deps"]);
    }

    #[test]
    fn a_block_that_ends_its_process_well_is_not_accepted_for_that() {
        let seen = "12 rows\nseen: [\"leaks\",[0,0,0]]\n";
        let said = |words: &str| Outcome::Refuted(words.to_owned());
        for (ended_well, stdout, stderr, expected) in [
            (true, seen, "", Outcome::Accepted),
            (true, "12 rows\n", "", said(ENDED_EARLY)),
            (false, seen, "leaks", said("leaks")),
            (false, "", "a.md:1: still running after 40s", Outcome::Hangs),
        ] {
            assert_eq!(outcome(ended_well, stdout, stderr.to_owned()), expected);
        }
    }

    #[test]
    fn a_library_that_is_missing_or_built_twice_is_named() {
        for names in [&USED[1..], &[&USED[..], &USED[..1]].concat()] {
            assert_eq!(
                Libraries::of(&messages(names)).unwrap_err().to_string(),
                "cargo has not built async_drop_fixtures exactly once"
            );
        }
    }
}
