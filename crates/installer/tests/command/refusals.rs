//! What is never written to, and what a failing system leaves behind.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;

use crate::support::{COMMAND, Home, Ran, snapshot};

#[test]
fn target_that_is_a_link_is_not_written_through() {
    let home = Home::new();
    let elsewhere = home.path().join("elsewhere");
    fs::create_dir_all(&elsewhere).expect("a folder");
    fs::create_dir_all(home.skills()).expect("a folder");
    symlink(&elsewhere, home.target()).expect("a link");
    let before = snapshot(home.path());
    for args in [["install", "--json"], ["uninstall", "--json"]] {
        let refused = home.run(args).refused().json();
        assert_eq!(refused["error"]["kind"], "link");
    }
    let refused = home.run(["install", "--force"]).refused();
    assert!(
        refused.err.contains(elsewhere.to_str().expect("UTF-8")),
        "{}",
        refused.err
    );
    assert_eq!(snapshot(home.path()), before);
}

#[test]
fn target_that_is_a_file_is_a_clear_error() {
    let home = Home::new();
    fs::create_dir_all(home.skills()).expect("a folder");
    fs::write(home.target(), "precious").expect("a file");
    let before = snapshot(home.path());
    for args in [["install", "--json"], ["uninstall", "--json"]] {
        let refused = home.run(args).refused().json();
        assert_eq!(refused["error"]["kind"], "not-a-folder");
    }
    home.run(["install", "--force"]).refused();
    assert_eq!(snapshot(home.path()), before);
}

#[test]
fn link_in_the_target_is_not_written_through() {
    let home = Home::installed();
    let elsewhere = home.path().join("elsewhere");
    fs::rename(home.target().join("crates"), &elsewhere).expect("a move");
    symlink(&elsewhere, home.target().join("crates")).expect("a link");
    let before = snapshot(&elsewhere);
    home.run(["install"]).refused();
    home.run(["install", "--force"]).done();
    assert_eq!(snapshot(&elsewhere), before);
    assert!(!home.target().join("crates").is_symlink());
    assert_eq!(home.state(), "current");
}

#[test]
fn git_clone_is_left_to_git() {
    let home = Home::new();
    home.write(".git/HEAD", "ref: refs/heads/main");
    home.write("SKILL.md", "of the clone");
    let before = snapshot(home.path());
    let refused = home.run(["install"]).refused();
    assert!(refused.err.contains("git clone"), "{}", refused.err);
    assert_eq!(snapshot(home.path()), before);
}

#[test]
fn force_takes_over_a_foreign_folder_and_keeps_other_files() {
    let home = Home::new();
    home.write(".git/HEAD", "ref: refs/heads/main");
    home.write("SKILL.md", "of the clone");
    let report = home.run(["install", "--force", "--json"]).done().json();
    assert_eq!(report["outcome"], "installed");
    assert_eq!(
        crate::support::strings(&report["overwritten"]),
        ["SKILL.md"]
    );
    assert_eq!(
        home.read(".git/HEAD").as_deref(),
        Some("ref: refs/heads/main")
    );
    assert_eq!(home.state(), "current");
}

#[test]
fn damaged_record_is_refused_and_force_repairs_it() {
    let home = Home::installed();
    home.write(crate::support::RECORD, "{\"format\": 1,");
    let refused = home.run(["install"]).refused();
    assert!(refused.err.contains("cannot be used"), "{}", refused.err);
    home.run(["install", "--force"]).done();
    assert_eq!(home.state(), "current");
}

#[test]
fn something_on_the_way_that_is_no_folder_is_named() {
    for on_the_way in [".claude", ".claude/skills"] {
        let home = Home::new();
        let file = home.path().join(on_the_way);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        fs::write(&file, "a file").expect("a file");
        let refused = home.run(["install", "--json"]).refused().json();
        assert_eq!(refused["error"]["kind"], "not-a-folder");
        let message = refused["error"]["message"].as_str().expect("a message");
        assert_eq!(message, format!("{} is not a folder", file.display()));
    }
}

#[test]
fn dangling_link_on_the_way_is_named() {
    let home = Home::new();
    symlink("/nowhere/at/all", home.path().join(".claude")).expect("a link");
    let refused = home.run(["install", "--json"]).refused().json();
    assert_eq!(refused["error"]["kind"], "link");
}

#[test]
fn missing_permission_leaves_the_former_install_whole() {
    let home = Home::on_disk();
    home.make_outdated();
    let command = home.path().join("command");
    fs::copy(COMMAND, &command).expect("a copy");
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
    fs::set_permissions(home.skills(), fs::Permissions::from_mode(0o555)).expect("a mode");
    let before = snapshot(home.path());

    let may_write_all_the_same = fs::write(home.skills().join("probe"), "").is_ok();
    let mut install = home.command(&command);
    install.args(["install", "--json"]);
    if may_write_all_the_same {
        fs::remove_file(home.skills().join("probe")).expect("the probe");
        // Root may write everywhere, so that the command has to run as somebody who may not.
        install.uid(65534).gid(65534);
    }
    let refused = Ran::from(install.output().expect("the command runs"))
        .refused()
        .json();
    fs::set_permissions(home.skills(), fs::Permissions::from_mode(0o755)).expect("a mode");

    assert_eq!(refused["error"]["kind"], "io");
    let message = refused["error"]["message"].as_str().expect("a message");
    assert!(message.contains("Permission denied"), "{message}");
    assert_eq!(home.state(), "outdated");
    assert_eq!(
        snapshot(&home.target()).into_iter().collect::<Vec<_>>(),
        before
            .into_iter()
            .filter(|(path, _)| path.starts_with(home.target()))
            .collect::<Vec<_>>()
    );
}

/// Runs `install` where no file may grow beyond `blocks`, as on a full disk.
fn install_on_a_full_disk(home: &Home, blocks: u32) -> Ran {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {COMMAND} install --json");
    Ran::from(
        home.command("/bin/sh")
            .args(["-c", &script])
            .output()
            .expect("a shell"),
    )
}

#[test]
fn full_disk_leaves_the_former_install_whole() {
    for blocks in [0, 1, 4, 8] {
        let home = Home::outdated();
        let before = snapshot(&home.target());
        let refused = install_on_a_full_disk(&home, blocks);
        // The answer is longer than no block at all, but goes to a pipe, which has no limit.
        let refused = refused.refused().json();
        assert_eq!(refused["error"]["kind"], "io", "{blocks} blocks");
        assert_eq!(snapshot(&home.target()), before, "{blocks} blocks");
        home.assert_nothing_beside();
    }
}

#[test]
fn full_disk_at_the_first_install_leaves_no_part_of_it() {
    let home = Home::new();
    install_on_a_full_disk(&home, 4).refused();
    assert_eq!(home.state(), "absent");
    assert_eq!(
        fs::read_dir(home.skills())
            .expect("the skills folder")
            .count(),
        0
    );
}

#[cfg(target_os = "linux")]
#[test]
fn answer_that_cannot_be_printed_is_an_error() {
    let home = Home::installed();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("a full device");
    let output = home
        .command(COMMAND)
        .arg("status")
        .stdout(full)
        .output()
        .expect("the command runs");
    let ran = Ran::from(output).refused();
    assert!(ran.err.contains("cannot print"), "{}", ran.err);
}
