//! What `status` tells apart.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{Home, RECORD, snapshot, strings};

#[test]
fn nothing_is_absent() {
    let home = Home::new();
    assert_eq!(home.state(), "absent");
    assert!(
        !home.path().join(".claude").exists(),
        "looking makes no folder"
    );
}

#[test]
fn fresh_install_is_current() {
    let home = Home::installed();
    let before = snapshot(home.path());
    let out = home.run(["status"]).done().out;
    assert_eq!(
        out,
        format!(
            "current: async-drop {} in {}\n",
            env!("CARGO_PKG_VERSION"),
            home.target().display()
        )
    );
    assert_eq!(snapshot(home.path()), before);
}

#[test]
fn older_install_is_outdated() {
    let home = Home::outdated();
    let status = home.run(["status", "--json"]).done().json();
    assert_eq!(status["state"], "outdated");
    assert_eq!(status["outdated"], true);
    assert_eq!(status["installed_version"], "0.0.1");
    assert_eq!(status["carried_version"], env!("CARGO_PKG_VERSION"));
    assert!(
        home.run(["status"])
            .done()
            .out
            .contains("brings it up to date")
    );
}

#[test]
fn same_version_with_other_files_is_outdated() {
    let home = Home::outdated();
    let mut record = home.record();
    record["version"] = env!("CARGO_PKG_VERSION").into();
    home.write(RECORD, &record.to_string());
    assert_eq!(home.state(), "outdated");
    home.run(["install"]).done();
    assert_eq!(home.state(), "current");
}

#[test]
fn changed_and_missing_files_are_named_and_added_ones_are_no_change() {
    let home = Home::installed();
    home.write("notes.md", "mine");
    home.write("crates/utils/target/debug/big", "built here");
    let status = home.run(["status", "--json"]).done().json();
    assert_eq!(status["state"], "current");
    assert_eq!(
        strings(&status["added"]),
        ["crates/utils/target", "notes.md"]
    );

    home.write("gotchas.md", "changed");
    fs::remove_file(home.target().join("crates/utils/src/lib.rs")).expect("an installed file");
    let status = home.run(["status", "--json"]).done().json();
    assert_eq!(status["state"], "changed");
    assert_eq!(status["outdated"], false);
    assert_eq!(strings(&status["modified"]), ["gotchas.md"]);
    assert_eq!(strings(&status["missing"]), ["crates/utils/src/lib.rs"]);

    let out = home.run(["status"]).done().out;
    for line in [
        "  modified gotchas.md",
        "  missing crates/utils/src/lib.rs",
        "  added notes.md",
    ] {
        assert!(
            out.lines().any(|found| found == line),
            "{line} is not in\n{out}"
        );
    }
}

#[test]
fn older_install_that_was_changed_is_both() {
    let home = Home::outdated();
    home.write("gotchas.md", "changed");
    let status = home.run(["status", "--json"]).done().json();
    assert_eq!(status["state"], "changed");
    assert_eq!(status["outdated"], true);
}

#[test]
fn link_in_place_of_a_file_is_a_change_and_is_not_read() {
    let home = Home::installed();
    let elsewhere = home.path().join("the-same-text");
    let file = home.target().join("SKILL.md");
    fs::rename(&file, &elsewhere).expect("a move");
    symlink(&elsewhere, &file).expect("a link");
    let status = home.run(["status", "--json"]).done().json();
    assert_eq!(status["state"], "changed");
    assert_eq!(strings(&status["modified"]), ["SKILL.md"]);
}

#[test]
fn link_in_place_of_a_folder_is_not_followed() {
    let home = Home::installed();
    let elsewhere = home.path().join("the-same-crates");
    let folder = home.target().join("crates");
    fs::rename(&folder, &elsewhere).expect("a move");
    symlink(&elsewhere, &folder).expect("a link");
    let status = home.run(["status", "--json"]).done().json();
    assert_eq!(status["state"], "changed");
    assert!(strings(&status["missing"]).contains(&"crates/utils/Cargo.toml"));
    assert_eq!(strings(&status["added"]), ["crates"]);
}

#[test]
fn what_others_made_is_foreign_and_says_why() {
    let foreign = |make: &dyn Fn(&Home), why: &str| {
        let home = Home::new();
        fs::create_dir_all(home.skills()).expect("the skills folder");
        make(&home);
        let status = home.run(["status", "--json"]).done().json();
        assert_eq!(status["state"], "foreign", "{why}");
        let note = status["note"].as_str().expect("a note");
        assert!(note.contains(why), "{note:?} does not say {why:?}");
        assert!(home.run(["status"]).done().out.contains(why));
    };
    foreign(
        &|home| fs::write(home.target(), "").expect("a file"),
        "not a folder",
    );
    foreign(
        &|home| symlink("/elsewhere", home.target()).expect("a link"),
        "a symbolic link to /elsewhere",
    );
    foreign(&|home| home.write("SKILL.md", "by hand"), "no record");
    foreign(
        &|home| home.write(".git/HEAD", "ref: refs/heads/main"),
        "a git clone",
    );
    foreign(&|home| home.write(RECORD, "{"), "cannot be used");
    foreign(
        &|home| home.write(RECORD, r#"{"format": 99}"#),
        "a newer version of this command wrote it",
    );
}

#[test]
fn folder_without_anything_of_the_skill_is_absent() {
    let home = Home::new();
    home.write("notes.md", "mine");
    let status = home.run(["status", "--json"]).done().json();
    assert_eq!(status["state"], "absent");
    assert_eq!(strings(&status["added"]), ["notes.md"]);
}

#[test]
fn status_that_cannot_be_told_is_an_error() {
    let home = Home::new();
    fs::write(home.path().join(".claude"), "a file").expect("a file");
    let refused = home.run(["status"]).refused();
    assert!(
        refused.err.contains(".claude is not a folder"),
        "{}",
        refused.err
    );
}
