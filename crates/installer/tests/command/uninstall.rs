//! What `uninstall` takes away, and what it leaves.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{Home, RECORD, files, snapshot, strings};

#[test]
fn removes_all_that_was_installed() {
    for home in [Home::installed(), Home::outdated()] {
        let installed = files(&home.target()).len();
        let report = home.run(["uninstall", "--json"]).done().json();
        assert_eq!(report["outcome"], "removed");
        assert_eq!(
            strings(&report["removed"]).len() + 1,
            installed,
            "all but the record"
        );
        assert!(!home.target().exists());
        assert_eq!(
            fs::read_dir(home.skills())
                .expect("the skills folder")
                .count(),
            0
        );
    }
}

#[test]
fn leaves_other_skills_alone() {
    let home = Home::installed();
    fs::create_dir(home.skills().join("another")).expect("a folder");
    fs::write(home.skills().join("another/SKILL.md"), "").expect("a file");
    let before = snapshot(&home.skills().join("another"));
    home.run(["uninstall"]).done();
    assert_eq!(snapshot(&home.skills().join("another")), before);
}

#[test]
fn what_the_user_added_stays_and_is_named() {
    let home = Home::installed();
    home.write("notes.md", "mine");
    home.write("crates/utils/src/mine.rs", "mine, too");
    let out = home.run(["uninstall"]).done().out;
    assert!(out.contains("\n  kept notes.md\n"), "{out}");
    let left: Vec<_> = files(&home.target()).into_keys().collect();
    assert_eq!(left, ["crates/utils/src/mine.rs", "notes.md"]);
    home.assert_nothing_beside();

    assert!(home.run(["uninstall"]).done().out.contains("not installed"));
    home.run(["install"]).done();
    assert_eq!(home.read("notes.md").as_deref(), Some("mine"));
    assert_eq!(home.state(), "current");
}

#[test]
fn file_changed_by_the_user_is_not_removed() {
    let home = Home::installed();
    home.write("gotchas.md", "my own words");
    let before = snapshot(home.path());
    let refused = home.run(["uninstall"]).refused();
    assert!(refused.err.contains("--force"), "{}", refused.err);
    assert!(refused.err.contains("\n  gotchas.md\n"), "{}", refused.err);
    assert_eq!(snapshot(home.path()), before);

    home.run(["uninstall", "--force"]).done();
    assert!(!home.target().exists());
}

#[test]
fn link_in_place_of_a_file_goes_and_what_it_leads_to_stays() {
    let home = Home::installed();
    let elsewhere = home.path().join("precious");
    fs::write(&elsewhere, "precious").expect("a file");
    fs::remove_file(home.target().join("SKILL.md")).expect("an installed file");
    symlink(&elsewhere, home.target().join("SKILL.md")).expect("a link");
    home.run(["uninstall"]).refused();
    home.run(["uninstall", "--force"]).done();
    assert!(!home.target().exists());
    assert_eq!(
        fs::read_to_string(&elsewhere).expect("the file"),
        "precious"
    );
}

#[test]
fn missing_files_are_no_obstacle() {
    let home = Home::installed();
    fs::remove_dir_all(home.target().join("crates")).expect("a folder");
    home.run(["uninstall"]).done();
    assert!(!home.target().exists());
}

#[test]
fn nothing_to_remove_is_done() {
    let home = Home::new();
    let before = snapshot(home.path());
    let report = home.run(["uninstall", "--json"]).done().json();
    assert_eq!(report["outcome"], "absent");
    assert_eq!(snapshot(home.path()), before);
}

#[test]
fn rehearsal_changes_nothing() {
    let home = Home::installed();
    home.write("notes.md", "mine");
    let before = snapshot(home.path());
    let out = home.run(["uninstall", "--dry-run"]).done().out;
    assert!(out.starts_with("would remove async-drop "), "{out}");
    assert!(out.contains("\n  remove SKILL.md\n"), "{out}");
    assert!(out.contains("\n  keep notes.md\n"), "{out}");
    assert_eq!(snapshot(home.path()), before);
}

#[test]
fn record_that_points_elsewhere_removes_nothing() {
    let home = Home::installed();
    let victim = home.path().join("victim");
    fs::write(&victim, "precious").expect("a file");
    let mut record = home.record();
    record["files"]["../../../victim"] = crate::support::hash("precious").into();
    home.write(RECORD, &record.to_string());
    let refused = home.run(["uninstall", "--force"]).refused();
    assert!(
        refused.err.contains("leads out of the folder"),
        "{}",
        refused.err
    );
    assert!(victim.exists());
    assert!(home.target().join("SKILL.md").exists());
}

#[test]
fn what_others_made_is_not_removed_even_by_force() {
    let home = Home::new();
    home.write("SKILL.md", "by hand");
    let before = snapshot(home.path());
    let refused = home.run(["uninstall", "--force"]).refused();
    assert!(refused.err.contains("no record"), "{}", refused.err);
    assert_eq!(snapshot(home.path()), before);
}
