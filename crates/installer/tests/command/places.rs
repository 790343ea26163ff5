//! Which folder is chosen, and which way to it is refused.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::{COMMAND, Home, Ran};

fn run(home: &Home, config: Option<&Path>, args: &[&str]) -> Ran {
    let mut command = home.command(COMMAND);
    if let Some(config) = config {
        command.env("CLAUDE_CONFIG_DIR", config);
    }
    Ran::from(command.args(args).output().expect("the command runs"))
}

fn is_installed(skills: &Path) -> bool {
    skills.join("async-drop/SKILL.md").is_file()
}

#[test]
fn configuration_folder_is_honoured() {
    let home = Home::new();
    let config = home.path().join("elsewhere/claude");
    run(&home, Some(&config), &["install"]).done();
    assert!(is_installed(&config.join("skills")));
    assert!(!home.path().join(".claude").exists());
}

#[test]
fn project_is_the_current_folder() {
    let home = Home::new();
    let project = home.path().join("project");
    fs::create_dir(&project).expect("a folder");
    let mut command = home.command(COMMAND);
    command
        .env("CLAUDE_CONFIG_DIR", "/nowhere")
        .current_dir(&project)
        .args(["install", "--project"]);
    Ran::from(command.output().expect("the command runs")).done();
    assert!(is_installed(&project.join(".claude/skills")));
}

#[test]
fn folder_is_the_one_that_holds_skills() {
    let home = Home::new();
    run(&home, None, &["install", "--dir", "agents/skills"]).done();
    assert!(is_installed(&home.path().join("agents/skills")));
    let help = run(&home, None, &["install", "--help"]).done().out;
    assert!(
        help.contains("the skill goes into DIR/async-drop"),
        "{help}"
    );
}

#[test]
fn folder_of_a_skill_is_refused() {
    let home = Home::installed();
    for folder in [home.target(), home.path().join("fresh/async-drop")] {
        let folder = folder.to_str().expect("a path in UTF-8");
        let refused = run(&home, None, &["install", "--json", "--dir", folder])
            .refused()
            .json();
        assert_eq!(refused["error"]["kind"], "skill-folder");
    }
}

#[test]
fn missing_home_is_a_clear_error() {
    let home = Home::new();
    for args in [
        ["status", "--json"],
        ["install", "--json"],
        ["uninstall", "--json"],
    ] {
        let mut command = home.command(COMMAND);
        command.env_remove("HOME").args(args);
        let refused = Ran::from(command.output().expect("the command runs"))
            .refused()
            .json();
        assert_eq!(refused["error"]["kind"], "no-home");
        assert_eq!(refused["target"], serde_json::Value::Null);
    }
}

#[test]
fn way_to_the_skills_may_lead_through_links() {
    let home = Home::new();
    fs::create_dir(home.path().join("dotfiles")).expect("a folder");
    symlink("dotfiles", home.path().join(".claude")).expect("a link");
    run(&home, None, &["install"]).done();
    assert!(is_installed(&home.path().join("dotfiles/skills")));
    assert!(home.path().join(".claude").is_symlink());
}

#[test]
fn way_to_the_skills_of_a_project_must_not_leave_it() {
    for link in [".claude", ".claude/skills"] {
        let home = Home::new();
        let project = home.path().join("project");
        let link = project.join(link);
        fs::create_dir_all(link.parent().expect("a parent")).expect("a folder");
        fs::create_dir(home.path().join("elsewhere")).expect("a folder");
        symlink(home.path().join("elsewhere"), &link).expect("a link");
        let mut command = home.command(COMMAND);
        command
            .current_dir(&project)
            .args(["install", "--project", "--force", "--json"]);
        let refused = Ran::from(command.output().expect("the command runs"))
            .refused()
            .json();
        assert_eq!(refused["error"]["kind"], "link", "{}", link.display());
        assert_eq!(
            fs::read_dir(home.path().join("elsewhere"))
                .expect("the folder")
                .count(),
            0
        );
    }
}

#[test]
fn way_to_the_skills_of_a_project_may_be_a_link_inside_it() {
    let home = Home::new();
    let project = home.path().join("project");
    fs::create_dir_all(project.join("agents")).expect("a folder");
    symlink("agents", project.join(".claude")).expect("a link");
    let mut command = home.command(COMMAND);
    command.current_dir(&project).args(["install", "--project"]);
    Ran::from(command.output().expect("the command runs")).done();
    assert!(is_installed(&project.join("agents/skills")));
}

#[test]
fn workspace_is_told_to_leave_the_installed_crates_out() {
    let home = Home::new();
    let note = |manifest: &str| {
        fs::write(home.path().join("Cargo.toml"), manifest).expect("a file");
        let report = home.run(["install", "--project", "--json"]).done().json();
        report["notes"].to_string()
    };
    assert!(note("[workspace]\nmembers = []\n").contains("exclude = "));
    assert_eq!(note("[workspace]\nexclude = [\".claude\"]\n"), "[]");
    assert_eq!(note("[package]\nname = \"one\"\n"), "[]");
    assert!(
        home.run(["install"])
            .done()
            .out
            .lines()
            .all(|line| !line.contains("exclude"))
    );
}
