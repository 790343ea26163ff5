//! Runs the README's command lines: its own command on a folder of the test's own, `git clone` on a local repository. Those that take
//! minutes are steps of `.ci/run`.

use std::fs;
use std::path::{Path, PathBuf};

use async_drop_checks::command_lines;
use async_drop_corpus::Chapter;
use snapbox::assert::DEFAULT_ACTION_ENV;
use snapbox::cmd::Command;
use snapbox::{Assert, Redactions, str};
use tempfile::TempDir;

/// The command lines that neither this test nor `.ci/run` carries out, and why.
const ELSEWHERE: [(&str, &str); 3] = [
    ("cargo bench-table", "builds crates that nothing else needs"),
    ("mdbook build book", "needs a program that is not Rust's"),
    (
        "/plugin marketplace add async-drop/async-drop",
        "is the agent's",
    ),
];

#[test]
fn the_readmes_command_lines_do_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let gate = fs::read_to_string(root.join(".ci/run")).unwrap();
    let text = fs::read_to_string(root.join("README.md")).unwrap();
    let readme = Chapter::parse("README.md", &text).unwrap();
    let mut user = User::new();
    let mut ran = Vec::new();
    let mut elsewhere = ELSEWHERE.map(|(line, _)| line).to_vec();
    for (line, command) in command_lines(&readme) {
        let words: Vec<&str> = command.split(' ').collect();
        match words.as_slice() {
            ["git", "clone", address] => user.clone(address),
            ["cd", folder] => {
                user.folder.push(folder);
                assert!(user.folder.is_dir(), "README.md:{line}: {command}");
            }
            ["cargo", "run", "--", arguments @ ..] => {
                user.run(line, &command, arguments);
                ran.push(arguments.join(" "));
            }
            _ => {
                let is_flag = |word: &&&str| !word.starts_with('-');
                let step: Vec<&str> = words.iter().take_while(is_flag).copied().collect();
                let step = step.join(" ");
                let is_step = gate.lines().any(|line| line.contains(&step));
                let known = elsewhere.iter().position(|line| *line == command);
                known.map(|known| elsewhere.remove(known));
                assert!(
                    is_step != known.is_some(),
                    "README.md:{line}: `{command}` is no step of .ci/run, nor listed as one that it does not take"
                );
            }
        }
    }
    assert_eq!(elsewhere, [""; 0], "the README does not say this any more");
    ran.sort();
    assert_eq!(ran, ["install", "install --project", "status", "uninstall"]);
}

#[test]
fn help_is_what_the_readme_refers_to() {
    let user = User::new();
    user.command(&["--help"])
        .assert()
        .success()
        .stdout_eq(str![[r#"
Installs the async-drop skill, says what is installed, and removes it again

Usage: async-drop-skill [OPTIONS] <COMMAND>

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

"#]]);
}

/// Somebody with a home folder of the test's own, who follows the README.
struct User {
    home: TempDir,
    /// Where they are.
    folder: PathBuf,
}

impl User {
    fn new() -> Self {
        let home = TempDir::new().unwrap();
        let folder = home.path().to_owned();
        Self { home, folder }
    }

    /// Clones a local repository that has the name of the one at `address`, and holds what is installed.
    fn clone(&self, address: &str) {
        let name = address.rsplit('/').next().unwrap();
        let origin = self.home.path().join("origin");
        let installed = ["install", "--dir", origin.to_str().unwrap()];
        self.command(&installed).assert().success();
        let git = |folder: &Path, arguments: &[&str]| {
            let who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
            let command = Command::new("git").args(who).args(arguments);
            command.current_dir(folder).assert().success();
        };
        let repository = origin.join(name);
        git(&repository, &["init", "--quiet"]);
        git(&repository, &["add", "."]);
        git(&repository, &["commit", "--quiet", "--message", "All"]);
        let address = format!("file://{}", repository.display());
        git(self.home.path(), &["clone", "--quiet", &address]);
    }

    /// Runs the command as the README says, and looks at what it prints.
    fn run(&self, line: usize, command: &str, arguments: &[&str]) {
        let expected = match arguments {
            ["install"] => str![[r#"
installed async-drop [VERSION] in [HOME]/.claude/skills/async-drop
next: start a new session of the agent, which then finds the skill
      in a Cargo project: cargo add --path [HOME]/.claude/skills/async-drop/crates/utils

"#]],
            ["install", "--project"] => str![[r#"
installed async-drop [VERSION] in [HOME]/async-drop/.claude/skills/async-drop
next: start a new session of the agent, which then finds the skill
      in a Cargo project: cargo add --path [HOME]/async-drop/.claude/skills/async-drop/crates/utils

"#]],
            ["status"] => str![[r#"
current: async-drop [VERSION] in [HOME]/.claude/skills/async-drop

"#]],
            ["uninstall"] => str![[r#"
removed async-drop [VERSION] from [HOME]/.claude/skills/async-drop

"#]],
            _ => panic!("README.md:{line}: `{command}` is not run here"),
        };
        let output = self.command(arguments).assert().success();
        output.stdout_eq(expected);
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut redactions = Redactions::new();
        let home = self.home.path().display().to_string();
        redactions.insert("[HOME]", home).unwrap();
        redactions
            .insert("[VERSION]", env!("CARGO_PKG_VERSION"))
            .unwrap();
        Command::new(env!("CARGO_BIN_EXE_async-drop-skill"))
            .with_assert(
                Assert::new()
                    .action_env(DEFAULT_ACTION_ENV)
                    .redact_with(redactions),
            )
            .args(arguments)
            .current_dir(&self.folder)
            .env_remove("CLAUDE_CONFIG_DIR")
            .env("HOME", self.home.path())
    }
}
