//! Answers as text for people and as JSON for programs; the keys of the JSON are documented in the help of each command.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::install::Outcome;
use crate::payload::Payload;
use crate::place::SKILL;
use crate::record::slashed;
use crate::{install, status, uninstall};

/// What a command has to tell; the flag says whether it was only a rehearsal.
#[derive(Debug)]
pub enum Answer {
    /// Of `install`.
    Install(install::Report, bool),
    /// Of `status`.
    Status(status::Report),
    /// Of `uninstall`.
    Uninstall(uninstall::Report, bool),
}

/// The answer as one JSON object.
pub fn json(answer: &Answer, target: Option<&Path>, payload: &Payload) -> String {
    let target = target.map(Path::to_string_lossy);
    let value = match answer {
        Answer::Install(report, dry_run) => json!({
            "command": "install",
            "target": target,
            "dry_run": dry_run,
            "outcome": report.outcome.name(),
            "version": payload.version,
            "previous_version": report.previous_version,
            "written": names(&report.written),
            "removed": names(&report.removed),
            "overwritten": names(&report.overwritten),
            "kept": names(&report.kept),
            "notes": report.notes,
        }),
        Answer::Status(report) => json!({
            "command": "status",
            "target": target,
            "state": report.state,
            "outdated": report.is_outdated,
            "installed_version": report.inspection.record.as_ref().map(|record| &record.version),
            "carried_version": payload.version,
            "modified": names(&report.inspection.modified),
            "missing": names(&report.inspection.missing),
            "added": names(&report.inspection.added),
            "note": report.note,
        }),
        Answer::Uninstall(report, dry_run) => json!({
            "command": "uninstall",
            "target": target,
            "dry_run": dry_run,
            "outcome": if report.version.is_some() { "removed" } else { "absent" },
            "version": report.version,
            "removed": names(&report.removed),
            "kept": names(&report.kept),
            "notes": report.notes,
        }),
    };
    format!("{value:#}\n")
}

/// The refusal as one JSON object.
pub fn failure_json(command: Option<&str>, target: Option<&Path>, failure: &Failure) -> String {
    let value = json!({
        "command": command,
        "target": target.map(Path::to_string_lossy),
        "error": {
            "kind": failure.kind.name(),
            "message": failure.message,
            "files": names(&failure.files),
        },
    });
    format!("{value:#}\n")
}

fn names(paths: &[PathBuf]) -> Vec<Value> {
    paths
        .iter()
        .map(|path| Value::from(slashed(path)))
        .collect()
}

/// The answer for people.
pub fn text(answer: &Answer, target: Option<&Path>, payload: &Payload) -> String {
    let mut text = Text::default();
    let target = target.unwrap_or(Path::new(SKILL));
    match answer {
        Answer::Install(report, dry_run) => text.install(report, *dry_run, target, payload),
        Answer::Status(report) => text.status(report, target, payload),
        Answer::Uninstall(report, dry_run) => text.uninstall(report, *dry_run, target),
    }
    text.0
}

/// The refusal for people.
pub fn failure_text(failure: &Failure) -> String {
    let mut text = Text::default();
    text.line(format_args!("error: {failure}"));
    text.files("", &failure.files);
    text.0
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("a string takes every write");
    }

    fn files(&mut self, what: &str, files: &[PathBuf]) {
        for file in files {
            self.line(format_args!("  {what}{}", slashed(file)));
        }
    }

    fn install(
        &mut self,
        report: &install::Report,
        dry_run: bool,
        target: &Path,
        payload: &Payload,
    ) {
        let at = target.display();
        let version = payload.version;
        let previous = report.previous_version.as_deref().unwrap_or("nothing");
        let say = |done: &'static str, planned: &'static str| if dry_run { planned } else { done };
        match report.outcome {
            Outcome::Unchanged => {
                self.line(format_args!(
                    "{SKILL} {version} is installed in {at}; nothing to do"
                ));
            }
            Outcome::Installed => {
                let installed = say("installed", "would install");
                self.line(format_args!("{installed} {SKILL} {version} in {at}"));
            }
            Outcome::Updated if previous == version => {
                let updated = say("updated", "would update");
                self.line(format_args!(
                    "{updated} {SKILL} in {at}: still {version}, with other files"
                ));
            }
            Outcome::Updated => {
                let updated = say("updated", "would update");
                self.line(format_args!(
                    "{updated} {SKILL} in {at} from {previous} to {version}"
                ));
            }
            Outcome::Repaired => {
                let repaired = say("repaired", "would repair");
                self.line(format_args!("{repaired} {SKILL} {version} in {at}"));
            }
        }
        if dry_run {
            self.files("write ", &report.written);
        }
        self.files(say("removed ", "remove "), &report.removed);
        self.files(say("overwritten ", "overwrite "), &report.overwritten);
        self.files(say("kept ", "keep "), &report.kept);
        self.notes(&report.notes);
        if report.outcome == Outcome::Installed && !dry_run {
            self.line(format_args!(
                "next: start a new session of the agent, which then finds the skill"
            ));
            self.line(format_args!(
                "      in a Cargo project: cargo add --path {}",
                quoted(&target.join("crates/utils"))
            ));
        }
    }

    fn status(&mut self, report: &status::Report, target: &Path, payload: &Payload) {
        let at = target.display();
        let state = report.state;
        let carried = payload.version;
        let installed = report
            .inspection
            .record
            .as_ref()
            .map(|record| record.version.as_str());
        match (installed, &report.note) {
            (_, Some(note)) => self.line(format_args!("{state}: {at}: {note}")),
            (None, None) => self.line(format_args!("{state}: {at}")),
            (Some(installed), None) => {
                self.line(format_args!("{state}: {SKILL} {installed} in {at}"))
            }
        }
        if report.is_outdated {
            self.line(format_args!(
                "  this command carries {carried}; `cargo skill install` brings it up to date"
            ));
        }
        self.files("modified ", &report.inspection.modified);
        self.files("missing ", &report.inspection.missing);
        if state != "foreign" {
            self.files("added ", &report.inspection.added);
        }
    }

    fn uninstall(&mut self, report: &uninstall::Report, dry_run: bool, target: &Path) {
        let at = target.display();
        let say = |done: &'static str, planned: &'static str| if dry_run { planned } else { done };
        match &report.version {
            None => self.line(format_args!(
                "{SKILL} is not installed in {at}; nothing to do"
            )),
            Some(version) => {
                let removed = say("removed", "would remove");
                self.line(format_args!("{removed} {SKILL} {version} from {at}"));
            }
        }
        if dry_run {
            self.files("remove ", &report.removed);
        }
        self.files(say("kept ", "keep "), &report.kept);
        self.notes(&report.notes);
    }

    fn notes(&mut self, notes: &[String]) {
        for note in notes {
            self.line(format_args!("note: {note}"));
        }
    }
}

/// The path as a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:\\".contains(c);
    if path.chars().all(is_plain) {
        path.into_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_with_a_space_is_quoted_for_the_shell() {
        assert_eq!(quoted(Path::new("/a/b-c_d.e")), "/a/b-c_d.e");
        assert_eq!(quoted(Path::new("/it's here")), r"'/it'\''s here'");
    }
}
