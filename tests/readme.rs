//! Runs the README's command lines as somebody does who clones the repository, with a home folder of the test's own. Those that take
//! minutes are steps of `.ci/run`.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use async_drop_checks::command_lines;
use async_drop_corpus::Chapter;
use snapbox::assert::DEFAULT_ACTION_ENV;
use snapbox::cmd::Command;
use snapbox::{Assert, Redactions, str};

/// The command lines that neither this test nor `.ci/run` carries out, and why.
const ELSEWHERE: [(&str, &str); 4] = [
    (
        "cargo real-resources",
        "is the long form of tests that the test command runs",
    ),
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
            ["cargo", "skill", arguments @ ..] => {
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

/// Somebody with a home folder of the test's own, who follows the README.
struct User {
    /// At the same place in every run, so that Cargo finds what it has built of the clone before.
    home: PathBuf,
    /// Where they are.
    folder: PathBuf,
}

impl User {
    fn new() -> Self {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme/home");
        if home.exists() {
            fs::remove_dir_all(&home).unwrap();
        }
        fs::create_dir_all(&home).unwrap();
        let home = home.canonicalize().unwrap();
        let folder = home.clone();
        Self { home, folder }
    }

    /// Clones a local repository that has the name of the one at `address`, and holds the files of this one, with a mistake in a chapter:
    /// the command installs what is there, and builds none of what holds it to the code.
    fn clone(&self, address: &str) {
        let name = address.rsplit('/').next().unwrap();
        let repository = self.home.join("origin").join(name);
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy(root, &repository);
        let chapter = repository.join("gotchas.md");
        let text = fs::read_to_string(&chapter).unwrap();
        fs::write(&chapter, text + "\n```rust\nno verdict, no Rust\n```\n").unwrap();
        let git = |folder: &Path, arguments: &[&str]| {
            let who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
            let command = Command::new("git").args(who).args(arguments);
            command.current_dir(folder).assert().success();
        };
        git(&repository, &["init", "--quiet"]);
        git(&repository, &["add", "."]);
        git(&repository, &["commit", "--quiet", "--message", "All"]);
        let address = format!("file://{}", repository.display());
        git(&self.home, &["clone", "--quiet", &address]);
        take_times(root, &self.home.join(name));
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
        let output = self.cargo_skill(arguments).assert().success();
        output.stdout_eq(expected);
    }

    fn cargo_skill(&self, arguments: &[&str]) -> Command {
        let mut redactions = Redactions::new();
        let home = self.home.display().to_string();
        redactions.insert("[HOME]", home).unwrap();
        redactions
            .insert("[VERSION]", env!("CARGO_PKG_VERSION"))
            .unwrap();
        // A Cargo that knows nothing of the one that runs this test, but where that one keeps its crates and toolchains.
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO") || name.contains("RUSTC") {
                cargo = cargo.env_remove(&*name);
            }
        }
        let own = PathBuf::from(env::var_os("HOME").unwrap_or_default());
        for (variable, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            cargo = match env::var_os(variable) {
                Some(folder) => cargo.env(variable, folder),
                None => cargo.env(variable, own.join(folder)),
            };
        }
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme/target");
        cargo
            .with_assert(
                Assert::new()
                    .action_env(DEFAULT_ACTION_ENV)
                    .redact_with(redactions),
            )
            .arg("skill")
            .args(arguments)
            .current_dir(&self.folder)
            .env_remove("CLAUDE_CONFIG_DIR")
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", target)
            .env("HOME", &self.home)
    }
}

/// Gives what a clone has the times of what it was copied from: Cargo builds what has changed since the run before.
fn take_times(from: &Path, clone: &Path) {
    if clone.is_dir() {
        for entry in fs::read_dir(clone).unwrap() {
            let name = entry.unwrap().file_name();
            if name != ".git" {
                take_times(&from.join(&name), &clone.join(name));
            }
        }
    }
    let time = fs::metadata(from).unwrap().modified().unwrap();
    File::open(clone).unwrap().set_modified(time).unwrap();
}

/// Copies what is in a folder, without what is built and what belongs to git.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if name == "target" || name == ".git" {
            continue;
        }
        let to = to.join(&name);
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
