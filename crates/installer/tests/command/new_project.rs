//! The installed crate in a project of its own, built offline.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::support::{COMMAND, Home, Ran, cargo, repository};

/// The Rust block of SKILL.md's quick reference, from the file as it is installed.
fn quick_reference(skill: &Path) -> String {
    let chapter = fs::read_to_string(skill.join("SKILL.md")).expect("the chapter");
    let (_, section) = chapter
        .split_once("\n## Quick reference\n")
        .expect("the section");
    let section = section.split("\n## ").next().expect("a first part");
    let blocks: Vec<&str> = section.split("```rust").skip(1).collect();
    assert_eq!(blocks.len(), 1, "the quick reference is one program");
    let (_, block) = blocks[0].split_once('\n').expect("a fence");
    let (block, _) = block.split_once("\n```").expect("an end of the fence");
    format!("{block}\n")
}

/// Writes the file unless it holds the content already, and says whether it did.
fn write_when_other(path: &Path, content: &str) -> bool {
    if fs::read_to_string(path).ok().as_deref() == Some(content) {
        return false;
    }
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, content).expect("a file");
    true
}

/// A project that stays from run to run, so that Cargo has nothing to do when nothing changed.
struct Project {
    folder: PathBuf,
    /// Two Cargos that share a target folder wait for each other, and say so.
    _alone: MutexGuard<'static, ()>,
}

impl Project {
    fn new(name: &str) -> Project {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let shelter = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-project");
        // The workspace that stands here keeps Cargo from looking further up and finding that of this repository.
        write_when_other(&shelter.join("Cargo.toml"), "[workspace]\n");
        let folder = shelter.join(name);
        fs::create_dir_all(&folder).expect("a folder");
        Project {
            folder,
            _alone: alone,
        }
    }

    fn install(&self, args: &[&str]) {
        let home = self.folder.with_file_name("home");
        let mut install = Command::new(COMMAND);
        install
            .env_clear()
            .env("HOME", home)
            .current_dir(&self.folder)
            .args(["install", "--force"]);
        let installed = Ran::from(install.args(args).output().expect("the command runs"));
        assert_eq!(installed.code, Some(0), "{installed:?}");
    }

    /// Runs SKILL.md's quick reference in this project, which depends on the crate in `skill` by path.
    ///
    /// The versions are those of this workspace, because these are cached.
    fn run_quick_reference(&self, skill: &str, workspace: &str) -> Ran {
        let manifest = format!(
            "[package]\nname = \"new-project\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n{workspace}\n\
             [dependencies]\nasync-drop-utils = {{ path = \"{skill}/crates/utils\" }}\nasync-trait = \"0.1\"\n\
             tokio = {{ version = \"1\", features = [\"full\"] }}\n"
        );
        write_when_other(&self.folder.join("Cargo.toml"), &manifest);
        let server = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = server.local_addr().expect("an address").port().to_string();
        let program = quick_reference(&self.folder.join(skill));
        assert!(program.contains("7000"), "the port that it connects to");
        let program = program.replace("7000", &port);
        write_when_other(&self.folder.join("src/main.rs"), &program);
        let lock = fs::read_to_string(repository().join("Cargo.lock")).expect("the lock file");
        // Cargo drops from its copy what the project does not need.
        if write_when_other(&self.folder.join("lock-of-the-repository"), &lock) {
            fs::write(self.folder.join("Cargo.lock"), lock).expect("a file");
        }
        cargo(&self.folder, &["run", "--offline", "--quiet"])
    }
}

#[test]
fn quick_reference_runs_in_a_new_project() {
    let project = Project::new("project");
    project.install(&[]);
    let ran = project.run_quick_reference("../home/.claude/skills/async-drop", "");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(
        ran.err, "",
        "no warning, and no report of a forgotten guard"
    );
}

#[test]
fn crate_installed_in_a_project_builds_as_part_of_its_workspace() {
    let project = Project::new("workspace");
    project.install(&["--project"]);
    let ran = project.run_quick_reference(".claude/skills/async-drop", "");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
}

#[test]
fn crate_installed_in_a_project_builds_outside_its_workspace() {
    let project = Project::new("excluding-workspace");
    project.install(&["--project"]);
    let ran = project.run_quick_reference(".claude/skills/async-drop", "exclude = [\".claude\"]");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
}

#[test]
fn installed_crate_needs_no_workspace() {
    let home = Home::installed();
    let ran = cargo(
        &home.target().join("crates/utils"),
        &[
            "metadata",
            "--offline",
            "--no-deps",
            "--format-version",
            "1",
        ],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let metadata = ran.json();
    let root = home
        .target()
        .join("crates/utils")
        .canonicalize()
        .expect("a path");
    assert_eq!(metadata["workspace_root"], root.to_str().expect("UTF-8"));
    assert_eq!(metadata["packages"][0]["name"], "async-drop-utils");
}
