//! The command lines that the texts give can be carried out: their programs, packages, tests, features, paths and flags exist.
//!
//! Refuted by an alias or a command that Cargo does not have, a flag that neither Cargo's help nor the source of the program that takes
//! it knows, a package, test, bench, feature, folder or file that is not there, and another address than the repository's.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use async_drop_corpus::{Chapter, Error, Errors};

use crate::code::{Code, read, toml};
use crate::guidance::Guidance;
use crate::text::{Kind, Piece, Unit, fences, is_assignment, kind, units};

/// The command lines that `page` gives, in `sh` fences and in inline code, with their lines.
pub fn command_lines(page: &Chapter) -> Vec<(usize, String)> {
    commands(page, &units(page))
}

fn commands(page: &Chapter, units: &[Unit]) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    for fence in fences(page, &["sh", "bash", "console"]) {
        for (index, line) in fence.text.lines().enumerate() {
            let line = line.trim().trim_start_matches("$ ");
            if !line.is_empty() && !line.starts_with('#') {
                lines.push((fence.line + index, line.to_owned()));
            }
        }
    }
    for unit in units {
        let code = unit
            .code()
            .filter(|piece| kind(&piece.text) == Kind::Command);
        lines.extend(code.map(|piece| (piece.line, piece.text.clone())));
    }
    lines.sort();
    lines
}

pub(super) fn check(guidance: &Guidance, pages: &[Chapter]) -> Result<(), Errors> {
    let mut errors = Errors::default();
    let project = Project::read(guidance)?;
    for page in pages {
        let said = guidance.said(page);
        let commands = commands(page, &said.units);
        let installed: Vec<&str> = commands
            .iter()
            .filter_map(|(_, command)| command.strip_prefix(INSTALLS)?.split(' ').next())
            .collect();
        for (line, command) in &commands {
            if let Some(of) = installed_command(command, &installed) {
                errors.0.extend(
                    project
                        .wrong_packages(&of)
                        .into_iter()
                        .map(|what| Error::new(&page.file, *line, format!("`{command}`: {what}"))),
                );
                continue;
            }
            errors.0.extend(
                project
                    .wrong(&page.file, command)
                    .into_iter()
                    .map(|what| Error::new(&page.file, *line, format!("`{command}`: {what}"))),
            );
        }
        for flag in bare_flags(&said.units) {
            if !project.skill_takes(&flag.text)? {
                let what = format!("the command takes no `{}`", flag.text);
                errors.0.push(Error::new(&page.file, flag.line, what));
            }
        }
    }
    errors.or(())
}

/// What a page has its reader install for `cargo <name>`.
const INSTALLS: &str = "cargo install cargo-";

/// The words of a command that the page has installed before: it may not be there when this runs, so Cargo is not asked.
fn installed_command<'a>(command: &'a str, installed: &[&str]) -> Option<Vec<&'a str>> {
    let mut words = command.strip_prefix("cargo ")?.split_whitespace();
    installed.contains(&words.next()?).then(|| words.collect())
}

/// The flags that stand alone in inline code.
fn bare_flags(units: &[Unit]) -> impl Iterator<Item = &Piece> {
    let pieces = units.iter().flat_map(Unit::pieces);
    pieces.filter(|piece| {
        let name = piece.text.strip_prefix("--").unwrap_or_default();
        let is_name = |ch: char| ch.is_ascii_lowercase() || ch == '-';
        piece.is_code && !name.is_empty() && name.chars().all(is_name)
    })
}

struct Project<'a> {
    root: &'a Path,
    code: &'a Code,
    aliases: toml::Table,
    /// The repository's address.
    address: String,
}

impl<'a> Project<'a> {
    fn read(guidance: &'a Guidance) -> Result<Self, Error> {
        let root = guidance.root.as_path();
        let parse = |file: &str| toml(file, &read(root, file)?);
        let book = parse("book/book.toml")?;
        let address = book
            .get("output")
            .and_then(|output| output.get("html")?.get("git-repository-url")?.as_str());
        Ok(Self {
            root,
            code: &guidance.code,
            aliases: parse(".cargo/config.toml")?
                .get("alias")
                .and_then(toml::Value::as_table)
                .cloned()
                .unwrap_or_default(),
            address: address.unwrap_or_default().to_owned(),
        })
    }

    fn wrong(&self, page: &str, command: &str) -> Vec<String> {
        let words: Vec<&str> = command.split_whitespace().collect();
        let assigned = words.iter().take_while(|word| is_assignment(word)).count();
        let mut wrong = Vec::new();
        for word in &words[..assigned] {
            let name = word.split('=').next().unwrap_or_default();
            if !self.code.programs_say(name) {
                wrong.push(format!("no program of the project reads {name}"));
            }
        }
        match &words[assigned..] {
            ["cargo", arguments @ ..] => self.cargo(page, arguments, &mut wrong),
            ["git", "clone", address, ..] => wrong.extend(self.wrong_address(address)),
            ["cd", folder] => {
                let is_cloned = self.address.ends_with(&format!("/{folder}"));
                if !is_cloned && !self.root.join(folder).is_dir() {
                    wrong.push(format!("there is no folder `{folder}`"));
                }
            }
            ["mdbook", "build", folder] => {
                wrong.extend(self.code.wrong_place("", &format!("{folder}/book.toml")));
            }
            ["awk", .., file] => wrong.extend(self.code.wrong_place(page, file)),
            ["/plugin", "marketplace", "add", of] => {
                if !self.address.ends_with(&format!("/{of}")) {
                    wrong.push(format!("the repository is {}", self.address));
                }
                let plugin = ".claude-plugin/marketplace.json";
                wrong.extend(self.code.wrong_place("", plugin));
            }
            [program, ..] if program.contains('/') => {
                wrong.extend(self.code.wrong_place("", program));
            }
            _ => wrong.push("nothing here knows this command".to_owned()),
        }
        wrong
    }

    /// What is wrong with the packages that a command names.
    fn wrong_packages(&self, words: &[&str]) -> Vec<String> {
        words
            .windows(2)
            .filter(|pair| ["--package", "-p", "--test-package"].contains(&pair[0]))
            .filter(|pair| self.code.folder_of(pair[1]).is_none())
            .map(|pair| format!("there is no package `{}`", pair[1]))
            .collect()
    }

    /// Whether `cargo skill` takes `flag`.
    fn skill_takes(&self, flag: &str) -> Result<bool, Error> {
        let options = self.code.options("crates/installer")?;
        Ok(options.flags.contains(flag.trim_start_matches('-')))
    }

    fn wrong_address(&self, address: &str) -> Option<String> {
        (address != self.address).then(|| format!("the repository is {}", self.address))
    }

    fn cargo(&self, page: &str, arguments: &[&str], wrong: &mut Vec<String>) {
        let Some((name, rest)) = arguments.split_first() else {
            return;
        };
        let alias = self.aliases.get(*name).and_then(toml::Value::as_str);
        let expanded: Vec<&str> = match alias {
            Some(alias) => alias
                .split_whitespace()
                .chain(rest.iter().copied())
                .collect(),
            None => arguments.to_vec(),
        };
        let (own, passed) = match expanded.iter().position(|word| *word == "--") {
            Some(at) => (&expanded[..at], &expanded[at + 1..]),
            None => (&expanded[..], &[][..]),
        };
        let Some((subcommand, own)) = own.split_first() else {
            return;
        };
        let Some(help) = help(subcommand) else {
            return wrong.push(format!(
                "Cargo has no command `{subcommand}`, nor is it an alias"
            ));
        };
        let mut package_of = None;
        let mut apart = None;
        let mut positional = Vec::new();
        let mut words = own.iter();
        while let Some(word) = words.next() {
            if !word.starts_with('-') {
                positional.push(*word);
                continue;
            }
            let flag = word.split('=').next().unwrap_or_default();
            if !help
                .split([' ', ',', '\n', '[', '='])
                .any(|known| known == flag)
            {
                wrong.push(format!("`cargo {subcommand}` has no `{flag}`"));
                continue;
            }
            let takes_value =
                help.contains(&format!("{flag} <")) || help.contains(&format!("{flag} [<"));
            let Some(value) = takes_value.then(|| words.next()).flatten() else {
                continue;
            };
            match flag {
                "--package" | "-p" => package_of = Some(*value),
                "--manifest-path" => apart = Some(*value),
                "--git" => wrong.extend(self.wrong_address(value)),
                "--path" => {
                    let leads = format!("{value}/Cargo.toml");
                    wrong.extend(self.code.wrong_place(page, &leads));
                }
                _ => {}
            }
        }
        let folder = match package_of {
            Some(name) => self.code.folder_of(name),
            None => Some(""),
        };
        let Some(folder) = folder else {
            return wrong.push(format!(
                "there is no package `{}`",
                package_of.unwrap_or_default()
            ));
        };
        let folder = match apart {
            Some(path) => path.trim_end_matches("Cargo.toml").trim_end_matches('/'),
            None => folder,
        };
        self.targets(own, subcommand, &positional, folder, wrong);
        if *subcommand == "run" {
            self.passed(passed, folder, wrong);
        }
    }

    /// Looks up tests, benches, features and what is added.
    fn targets(
        &self,
        own: &[&str],
        subcommand: &str,
        positional: &[&str],
        folder: &str,
        wrong: &mut Vec<String>,
    ) {
        for pair in own.windows(2) {
            let [flag, value] = pair else { continue };
            let file = match *flag {
                "--test" => format!("tests/{value}.rs"),
                "--bench" => format!("benches/{value}.rs"),
                "--features" => {
                    let of = match subcommand {
                        "add" => positional.first().copied(),
                        _ => self.code.package_in(folder),
                    };
                    let of = of.unwrap_or_default();
                    wrong.extend(
                        value
                            .split(',')
                            .filter_map(|name| self.code.wrong_feature(of, name)),
                    );
                    continue;
                }
                _ => continue,
            };
            let is_there = |folder: &str| self.root.join(folder).join(&file).is_file();
            if !is_there(folder) {
                wrong.push(format!(
                    "there is no {}",
                    format!("{folder}/{file}").trim_start_matches('/')
                ));
            }
        }
        if subcommand == "add" {
            for name in positional {
                wrong.extend(self.code.wrong_package(name));
            }
        }
    }

    /// Looks up what is passed on to a program of the project.
    fn passed(&self, passed: &[&str], folder: &str, wrong: &mut Vec<String>) {
        let options = match self.code.options(folder) {
            Ok(options) => options,
            Err(error) => return wrong.push(error.to_string()),
        };
        for word in passed {
            let known = match word.strip_prefix("--") {
                Some(flag) => options
                    .flags
                    .contains(flag.split('=').next().unwrap_or_default()),
                None if options.commands.is_empty() => true,
                None => options.commands.contains(*word),
            };
            if !known {
                let program = self.code.package_in(folder).unwrap_or_default();
                wrong.push(format!("`{program}` has no `{word}`"));
            }
        }
    }
}

/// What Cargo says of one of its commands; asked once.
fn help(subcommand: &str) -> Option<String> {
    static SAID: Mutex<BTreeMap<String, Option<String>>> = Mutex::new(BTreeMap::new());
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    let help = said.entry(subcommand.to_owned()).or_insert_with(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo).args([subcommand, "-h"]).output().ok()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success().then_some(said)
    });
    help.clone()
}
