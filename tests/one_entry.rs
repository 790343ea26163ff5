//! Prints each entry with the command that SKILL.md gives, in a folder that has the chapters alone: an agent pays for every line more.

use std::fs;
use std::path::Path;
use std::process::Command;

use async_drop_checks::{command_lines, printed_entries};
use async_drop_corpus::{CHAPTERS, Chapter, NUMBERED};
use tempfile::TempDir;

#[test]
fn the_command_prints_the_entries_that_it_names_and_nothing_else() {
    let skill = Skill::install();
    let shown = skill.command();
    let (numbers, chapter) = printed_entries(&shown).expect("the check of this name holds it");
    assert_eq!(skill.misprint(&shown, chapter, &numbers), None);
    let numbers = numbers.join("|");
    for file in NUMBERED {
        for number in 1..=skill.entries(file).len() {
            let number = number.to_string();
            let command = shown.replace(&numbers, &number).replace(chapter, file);
            assert_eq!(skill.misprint(&command, file, &[&number]), None);
        }
    }
}

#[test]
fn a_command_that_prints_nothing_or_too_much_is_noticed() {
    let skill = Skill::install();
    for (command, what) in [
        ("awk '/^## /{p=/^# 2\\. /}p' gotchas.md", "nothing"),
        ("awk '/^## /{p=/^## 2/}p' gotchas.md", "20, too"),
        ("awk '/^## 2\\. /{p=1}p' gotchas.md", "all behind it"),
        ("awk '/^## /{p=/^## 2\\. /}p' gotcha.md", "no such file"),
    ] {
        let misprint = skill.misprint(command, "gotchas.md", &["2"]);
        assert!(misprint.is_some(), "{command} prints {what}");
    }
}

/// An installed skill: a folder with the chapters, and without the project that they are of.
struct Skill(TempDir);

impl Skill {
    fn install() -> Self {
        let folder = TempDir::new().unwrap();
        for chapter in CHAPTERS {
            let text = Path::new(env!("CARGO_MANIFEST_DIR")).join(chapter);
            fs::copy(text, folder.path().join(chapter)).unwrap();
        }
        Self(folder)
    }

    fn read(&self, file: &str) -> Chapter {
        let text = fs::read_to_string(self.0.path().join(file)).unwrap();
        Chapter::parse(file, &text).unwrap_or_else(|errors| panic!("\n{errors}"))
    }

    /// The command line of SKILL.md that prints entries.
    fn command(&self) -> String {
        let commands = command_lines(&self.read("SKILL.md")).into_iter();
        let mut printing = commands.filter(|(_, command)| printed_entries(command).is_some());
        printing.next().expect("SKILL.md gives a command").1
    }

    /// The entries of a chapter, from their headings on.
    fn entries(&self, file: &str) -> Vec<String> {
        let chapter = self.read(file);
        let lines: Vec<&str> = chapter.text.lines().collect();
        let headings = chapter.headings.iter().filter(|heading| heading.level == 2);
        let starts: Vec<usize> = headings.map(|heading| heading.line - 1).collect();
        let ends = starts.iter().skip(1).copied().chain([lines.len()]);
        let entries = starts.iter().zip(ends);
        entries
            .map(|(start, end)| lines[*start..end].join("\n") + "\n")
            .collect()
    }

    /// What `command` prints, if that is not exactly these entries of `file`.
    fn misprint(&self, command: &str, file: &str, numbers: &[&str]) -> Option<String> {
        let entries = self.entries(file);
        let named = numbers.iter().map(|number| {
            let number: usize = number.parse().unwrap();
            let entry = entries[number - 1].as_str();
            assert!(entry.starts_with(&format!("## {number}. ")), "{entry}");
            entry
        });
        let expected: String = named.collect();
        let mut shell = Command::new("sh");
        let output = shell.args(["-c", command]).current_dir(self.0.path());
        let printed = String::from_utf8(output.output().unwrap().stdout).unwrap();
        (printed != expected).then(|| format!("`{command}` prints:\n{printed}"))
    }
}
