//! What the command says of itself.

use crate::support::Home;

const HELP: &str = "\
Installs the async-drop skill, says what is installed, and removes it again

Usage: cargo skill [OPTIONS] <COMMAND>

Commands:
  install    Install the skill, or bring an install up to date
  status     Say whether the skill is installed, up to date and untouched
  uninstall  Remove what was installed

Options:
      --project    Use the skills folder of the project in the current folder, ./.claude/skills
      --dir <DIR>  Use DIR as the skills folder; the skill goes into DIR/async-drop
      --json       Print one JSON object instead of text
  -h, --help       Print help
  -V, --version    Print version

Where:
  The skill goes into a folder `async-drop` in the skills folder, which is the first of
    DIR                       with --dir DIR
    ./.claude/skills          with --project
    $CLAUDE_CONFIG_DIR/skills when that variable is set
    ~/.claude/skills
  The way to the skills folder may lead through symbolic links; with --project not out of the
  project. The folder `async-drop` itself must not be one, and links in it are not followed.

Exit codes:
  0  done
  1  refused, with the reason; nothing was changed
  2  wrong usage
";

#[test]
fn help_is_what_the_readme_refers_to() {
    assert_eq!(Home::new().run(["--help"]).done().out, HELP);
}

#[test]
fn usage_of_each_command_names_the_alias() {
    let home = Home::new();
    for command in ["install", "status", "uninstall"] {
        let help = home.run([command, "--help"]).done().out;
        let usage = format!("\nUsage: cargo skill {command} [OPTIONS]\n");
        assert!(help.contains(&usage), "{help}");
    }
}

#[test]
fn version_is_an_answer() {
    let version = Home::new().run(["--version"]).done().out;
    assert_eq!(
        version,
        format!("cargo skill {}\n", env!("CARGO_PKG_VERSION"))
    );
}
