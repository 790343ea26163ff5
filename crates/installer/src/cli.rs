//! The command line: what can be asked for, and what is answered.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::change::{self, Options};
use crate::failure::{Failure, Kind};
use crate::output::{self, Answer};
use crate::payload::Payload;
use crate::place::{Choice, Place, Surroundings};
use crate::status;

/// The command was carried out.
const DONE: u8 = 0;
/// The command refused and said why.
const REFUSED: u8 = 1;
/// The command line is wrong.
const WRONG_USAGE: u8 = 2;

/// The alias under which this program is run.
const CALLED: &str = "cargo skill";

const ABOUT: &str = "Installs the async-drop skill, says what is installed, and removes it again";

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused, with the reason; nothing was changed
  2  wrong usage";

const PLACES: &str = "\
Where:
  The skill goes into a folder `async-drop` in the skills folder, which is the first of
    DIR                       with --dir DIR
    ./.claude/skills          with --project
    $CLAUDE_CONFIG_DIR/skills when that variable is set
    ~/.claude/skills
  The way to the skills folder may lead through symbolic links; with --project not out of the
  project. The folder `async-drop` itself must not be one, and links in it are not followed.";

const INSTALL: &str = "\
Installing replaces the folder as a whole: an install that fails or is killed leaves the former
one. Files that you added are kept. Installed files that you changed are only overwritten with
--force; those that you removed are put back. Installing what is there already changes nothing.";

const INSTALL_JSON: &str = r#"Output with --json, one object:
  {"command": "install", "target": PATH, "dry_run": BOOL, "version": VERSION,
   "outcome": "installed" | "updated" | "repaired" | "unchanged",
   "previous_version": VERSION | null, "written": [FILE], "removed": [FILE],
   "overwritten": [FILE], "kept": [FILE], "notes": [TEXT]}"#;

const STATUS: &str = "\
States:
  absent       nothing is there
  current      what this command carries is installed
  outdated     something else is installed, untouched
  changed      installed files were changed or removed by you; they are named
  foreign      something is there that this command did not install, such as a git clone
  interrupted  an install was killed between two renames; the next one repairs it
The exit code is 0 whatever the state, and 1 when it cannot be told.";

const STATUS_JSON: &str = r#"Output with --json, one object:
  {"command": "status", "target": PATH, "state": STATE, "outdated": BOOL,
   "installed_version": VERSION | null, "carried_version": VERSION, "modified": [FILE],
   "missing": [FILE], "added": [FILE], "note": TEXT | null}"#;

const UNINSTALL: &str = "\
Uninstalling removes what was installed, and the folder when nothing else is in it. Files that you
added are kept. Installed files that you changed are only removed with --force.";

const UNINSTALL_JSON: &str = r#"Output with --json, one object:
  {"command": "uninstall", "target": PATH, "dry_run": BOOL, "outcome": "removed" | "absent",
   "version": VERSION | null, "removed": [FILE], "kept": [FILE], "notes": [TEXT]}"#;

const FAILURE_JSON: &str = r#"A refusal with --json, on standard output as well:
  {"command": TEXT | null, "target": PATH | null,
   "error": {"kind": KIND, "message": TEXT, "files": [FILE]}}
  KIND: usage, no-home, link, not-a-folder, skill-folder, foreign, changed, io"#;

fn command() -> Command {
    let json = flag("json", "Print one JSON object instead of text").global(true);
    let project = flag(
        "project",
        "Use the skills folder of the project in the current folder, ./.claude/skills",
    )
    .global(true)
    .conflicts_with("dir");
    let dir = Arg::new("dir")
        .long("dir")
        .value_name("DIR")
        .value_parser(value_parser!(PathBuf))
        .global(true)
        .help("Use DIR as the skills folder; the skill goes into DIR/async-drop");
    let dry_run = flag("dry-run", "Change nothing; print what would be done");
    Command::new(CALLED)
        .bin_name(CALLED)
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .after_help(format!("{PLACES}\n\n{EXIT_CODES}"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .args([project, dir, json])
        .subcommand(
            Command::new("install")
                .about("Install the skill, or bring an install up to date")
                .args([
                    dry_run.clone(),
                    flag(
                        "force",
                        "Overwrite files that you changed, and files of a folder made by others",
                    ),
                ])
                .after_help(help(INSTALL, INSTALL_JSON)),
        )
        .subcommand(
            Command::new("status")
                .about("Say whether the skill is installed, up to date and untouched")
                .after_help(help(STATUS, STATUS_JSON)),
        )
        .subcommand(
            Command::new("uninstall")
                .about("Remove what was installed")
                .args([
                    dry_run,
                    flag("force", "Remove installed files even when you changed them"),
                ])
                .after_help(help(UNINSTALL, UNINSTALL_JSON)),
        )
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

fn help(about: &str, json: &str) -> String {
    format!("{about}\n\n{PLACES}\n\n{EXIT_CODES}\n\n{json}\n\n{FAILURE_JSON}")
}

/// Carries out the command line `args`, prints the answer, and says how to exit.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    let matches = match command().try_get_matches_from(&args) {
        Ok(matches) => matches,
        Err(error) => return ExitCode::from(usage(&error, &args)),
    };
    // Clap has seen to it that there is a subcommand.
    let Some((name, matches)) = matches.subcommand() else {
        return ExitCode::from(WRONG_USAGE);
    };
    let choice = if matches.get_flag("project") {
        Choice::Project
    } else if let Some(folder) = matches.get_one::<PathBuf>("dir") {
        Choice::Folder(folder.clone())
    } else {
        Choice::User
    };
    let as_json = matches.get_flag("json");
    let place = Place::find(&choice, &Surroundings::of_this_process());
    let target = place.as_ref().ok().map(|place| place.target.clone());
    let payload = Payload::embedded();
    let answer = place.and_then(|place| {
        let mut answer = carry_out(name, matches, &place, &payload)?;
        if let (Answer::Install(report, _), Choice::Project) = (&mut answer, &choice) {
            report.notes.extend(place.advice_for_workspace());
        }
        Ok(answer)
    });

    let exit_code = if answer.is_ok() { DONE } else { REFUSED };
    let target = target.as_deref();
    let printed = match (&answer, as_json) {
        (Ok(answer), true) => print(&output::json(answer, target, &payload)),
        (Ok(answer), false) => print(&output::text(answer, target, &payload)),
        (Err(failure), true) => print(&output::failure_json(Some(name), target, failure)),
        (Err(failure), false) => {
            eprint!("{}", output::failure_text(failure));
            true
        }
    };
    ExitCode::from(if printed { exit_code } else { REFUSED })
}

fn carry_out(
    name: &str,
    matches: &ArgMatches,
    place: &Place,
    payload: &Payload,
) -> Result<Answer, Failure> {
    let waiting = || eprintln!("waiting for another run of this command to end");
    let options = |matches: &ArgMatches| Options {
        dry_run: matches.get_flag("dry-run"),
        force: matches.get_flag("force"),
    };
    match name {
        "install" => {
            let options = options(matches);
            let report = change::make(place, payload, options, waiting)?;
            Ok(Answer::Install(report, options.dry_run))
        }
        "uninstall" => {
            let options = options(matches);
            let report = change::make(place, payload, options, waiting)?;
            Ok(Answer::Uninstall(report, options.dry_run))
        }
        _ => status::run(place, payload).map(Answer::Status),
    }
}

/// Prints what clap has to say: help and version are answers, everything else is wrong usage.
fn usage(error: &clap::Error, args: &[OsString]) -> u8 {
    let is_answer = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if !is_answer && args.iter().any(|arg| arg == "--json") {
        let message = error.render().to_string();
        let message = message.trim().trim_start_matches("error: ");
        print(&output::failure_json(
            None,
            None,
            &Failure::new(Kind::Usage, message),
        ));
    } else {
        // Nobody reads what could not be printed.
        let _ = error.print();
    }
    if is_answer { DONE } else { WRONG_USAGE }
}

/// Prints to standard output; `false` when that failed other than by a reader who had enough.
fn print(text: &str) -> bool {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("error: cannot print the answer: {error}");
            false
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_kind_of_failure_is_documented() {
        for kind in Kind::ALL {
            assert!(FAILURE_JSON.contains(kind.name()), "{kind:?}");
        }
    }
}
