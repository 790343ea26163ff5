//! What `install` puts down, keeps and leaves alone.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::{COMMAND, Home, RECORD, Ran, files, hash, repository, snapshot, strings};

#[test]
fn installed_files_are_those_of_the_repository() {
    let home = Home::installed();
    let mut installed = files(&home.target());
    installed.remove(RECORD).expect("a record");
    for name in [
        "SKILL.md",
        "patterns.md",
        "gotchas.md",
        "helpers.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
    ] {
        assert!(installed.contains_key(name), "{name}");
    }
    for sources in ["crates/derive/src", "crates/utils/src"] {
        for name in files(&repository().join(sources)).keys() {
            assert!(
                installed.contains_key(&format!("{sources}/{name}")),
                "{sources}/{name}"
            );
        }
    }
    for (name, bytes) in &installed {
        assert_eq!(
            *bytes,
            fs::read(repository().join(name)).expect(name),
            "{name}"
        );
    }
}

#[test]
fn what_the_chapters_link_to_is_installed() {
    let home = Home::installed();
    for chapter in ["SKILL.md", "patterns.md", "gotchas.md", "helpers.md"] {
        let text = home.read(chapter).expect(chapter);
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', '#']).next())
        {
            let is_elsewhere =
                target.is_empty() || target.contains("://") || target.contains(char::is_whitespace);
            assert!(
                is_elsewhere || home.target().join(target).exists(),
                "{chapter} links to {target}"
            );
        }
    }
}

#[test]
fn installs_the_same_bytes_far_from_the_repository() {
    let near = Home::installed();
    let far = Home::on_disk();
    let copy = far.path().join("copied-command");
    // By another process: a file that this one has open for writing, and so every child forked meanwhile, cannot be run.
    let copied = std::process::Command::new("cp")
        .arg(COMMAND)
        .arg(&copy)
        .status();
    assert!(copied.expect("cp runs").success());
    Ran::from(
        far.command(copy)
            .arg("install")
            .output()
            .expect("the copy runs"),
    )
    .done();
    assert_eq!(files(&far.target()), files(&near.target()));
}

#[test]
fn installed_files_can_be_read_by_others() {
    let home = Home::new();
    let script = format!("umask 022 && exec {COMMAND} install");
    Ran::from(
        home.command("/bin/sh")
            .args(["-c", &script])
            .output()
            .expect("a shell"),
    )
    .done();
    let mode = |path: &str| {
        let found = fs::metadata(home.target().join(path)).expect(path);
        found.permissions().mode() & 0o777
    };
    assert_eq!(mode(""), 0o755);
    assert_eq!(mode("crates/utils/src"), 0o755);
    assert_eq!(mode("SKILL.md"), 0o644);
}

#[test]
fn says_where_it_installed_and_what_next() {
    let home = Home::new();
    let out = home.run(["install"]).done().out;
    let target = home.target();
    assert!(out.starts_with("installed async-drop "), "{out}");
    assert!(
        out.contains(&format!(" in {}\n", target.display())),
        "{out}"
    );
    assert!(
        out.contains(&format!(
            "cargo add --path {}/crates/utils",
            target.display()
        )),
        "{out}"
    );
    assert!(out.lines().count() <= 4, "{out}");
}

#[test]
fn installing_twice_changes_nothing() {
    let home = Home::installed();
    home.write("notes.md", "mine");
    let before = snapshot(home.path());
    let again = home.run(["install", "--json"]).done().json();
    assert_eq!(again["outcome"], "unchanged");
    assert_eq!(snapshot(home.path()), before);
}

#[test]
fn older_install_is_brought_up_to_date() {
    let home = Home::outdated();
    home.write("notes/today.md", "mine");
    let report = home.run(["install", "--json"]).done().json();
    assert_eq!(report["outcome"], "updated");
    assert_eq!(report["previous_version"], "0.0.1");
    assert_eq!(strings(&report["written"]), ["SKILL.md", "helpers.md"]);
    assert_eq!(strings(&report["removed"]), ["dropped.md"]);
    assert_eq!(strings(&report["kept"]), ["notes"]);

    let mut now = files(&home.target());
    assert_eq!(
        now.remove("notes/today.md").as_deref(),
        Some(b"mine".as_slice())
    );
    assert_eq!(now, files(&Home::installed().target()));
    home.assert_nothing_beside();
}

#[test]
fn whatever_the_user_added_is_kept() {
    let home = Home::outdated();
    home.write("mine.txt", "a file");
    home.write("crates/utils/src/mine.rs", "a file among ours");
    home.write("deep/er/file", "in folders of mine");
    fs::create_dir(home.target().join("empty")).expect("a folder");
    symlink("/nowhere", home.target().join("dangling")).expect("a link");
    symlink("SKILL.md", home.target().join("crates/link")).expect("a link");
    let before = snapshot(&home.target());
    home.run(["install"]).done();
    let after = snapshot(&home.target());
    for path in ["mine.txt", "crates/utils/src/mine.rs", "deep/er/file"] {
        let path = home.target().join(path);
        assert_eq!(
            after[&path], before[&path],
            "the file itself is kept, not a copy"
        );
    }
    assert!(home.target().join("empty").is_dir());
    for (link, to) in [("dangling", "/nowhere"), ("crates/link", "SKILL.md")] {
        assert_eq!(
            fs::read_link(home.target().join(link)).expect(link),
            std::path::Path::new(to)
        );
    }
}

#[test]
fn file_changed_by_the_user_is_not_overwritten() {
    for home in [Home::installed(), Home::outdated()] {
        home.write("gotchas.md", "my own words");
        let before = snapshot(home.path());
        let refused = home.run(["install"]).refused();
        assert!(refused.err.contains("--force"), "{}", refused.err);
        assert!(refused.err.contains("\n  gotchas.md\n"), "{}", refused.err);
        assert_eq!(refused.out, "");
        assert_eq!(snapshot(home.path()), before);
    }
}

#[test]
fn force_overwrites_what_the_user_changed_and_names_it() {
    let home = Home::installed();
    home.write("gotchas.md", "my own words");
    home.write("notes.md", "mine");
    let report = home.run(["install", "--force", "--json"]).done().json();
    assert_eq!(report["outcome"], "repaired");
    assert_eq!(strings(&report["overwritten"]), ["gotchas.md"]);
    assert_eq!(strings(&report["kept"]), ["notes.md"]);
    assert_eq!(home.state(), "current");
    assert_eq!(home.read("notes.md").as_deref(), Some("mine"));
}

#[test]
fn file_removed_by_the_user_is_put_back() {
    let home = Home::installed();
    fs::remove_file(home.target().join("patterns.md")).expect("an installed file");
    let report = home.run(["install", "--json"]).done().json();
    assert_eq!(report["outcome"], "repaired");
    assert_eq!(strings(&report["written"]), ["patterns.md"]);
    assert_eq!(home.state(), "current");
}

#[test]
fn file_of_the_users_where_a_new_one_goes_is_not_overwritten() {
    let home = Home::outdated();
    home.write("helpers.md", "mine, by the same name");
    let refused = home.run(["install", "--json"]).refused().json();
    assert_eq!(refused["error"]["kind"], "changed");
    assert_eq!(strings(&refused["error"]["files"]), ["helpers.md"]);
    assert_eq!(
        home.read("helpers.md").as_deref(),
        Some("mine, by the same name")
    );
}

#[test]
fn file_of_the_users_that_equals_the_new_one_is_no_obstacle() {
    let home = Home::outdated();
    let helpers = fs::read_to_string(repository().join("helpers.md")).expect("the chapter");
    home.write("helpers.md", &helpers);
    home.run(["install"]).done();
    assert_eq!(home.state(), "current");
}

#[test]
fn changed_file_that_is_no_longer_carried_is_not_removed() {
    let home = Home::outdated();
    home.write("dropped.md", "still mine");
    let refused = home.run(["install", "--json"]).refused().json();
    assert_eq!(strings(&refused["error"]["files"]), ["dropped.md"]);
    assert_eq!(home.read("dropped.md").as_deref(), Some("still mine"));

    home.run(["install", "--force"]).done();
    assert_eq!(home.read("dropped.md"), None);
}

#[test]
fn folder_in_place_of_a_file_is_given_up_by_force_only() {
    let home = Home::installed();
    fs::remove_file(home.target().join("SKILL.md")).expect("an installed file");
    home.write("SKILL.md/mine", "precious");
    let refused = home.run(["install", "--json"]).refused().json();
    assert_eq!(strings(&refused["error"]["files"]), ["SKILL.md"]);
    assert_eq!(home.read("SKILL.md/mine").as_deref(), Some("precious"));

    home.run(["install", "--force"]).done();
    assert_eq!(home.state(), "current");
}

#[test]
fn rehearsal_names_every_file_and_changes_nothing() {
    let home = Home::new();
    let before = snapshot(home.path());
    let out = home.run(["install", "--dry-run"]).done().out;
    assert_eq!(snapshot(home.path()), before);
    assert!(out.starts_with("would install async-drop "), "{out}");

    home.run(["install"]).done();
    for name in files(&home.target()).keys().filter(|name| *name != RECORD) {
        assert!(
            out.contains(&format!("\n  write {name}\n")),
            "{name} is not in\n{out}"
        );
    }
}

#[test]
fn rehearsal_of_an_update_tells_what_the_update_then_does() {
    let home = Home::outdated();
    home.write("notes.md", "mine");
    let before = snapshot(home.path());
    let mut planned = home.run(["install", "--dry-run", "--json"]).done().json();
    assert_eq!(snapshot(home.path()), before);
    let done = home.run(["install", "--json"]).done().json();
    assert_eq!(planned["dry_run"], true);
    planned["dry_run"] = false.into();
    assert_eq!(planned, done);
}

#[test]
fn rehearsal_refuses_like_the_real_thing() {
    let home = Home::installed();
    home.write("SKILL.md", "changed");
    let before = snapshot(home.path());
    home.run(["install", "--dry-run"]).refused();
    assert_eq!(snapshot(home.path()), before);
}

#[test]
fn record_has_the_version_and_a_hash_for_every_file() {
    let home = Home::installed();
    let record = home.record();
    assert_eq!(record["version"], env!("CARGO_PKG_VERSION"));
    let mut installed = files(&home.target());
    installed.remove(RECORD).expect("a record");
    let recorded = record["files"].as_object().expect("the files");
    assert_eq!(recorded.len(), installed.len());
    for (name, bytes) in installed {
        assert_eq!(recorded[&name], hash(bytes), "{name}");
    }
}
