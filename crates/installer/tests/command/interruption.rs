//! Runs that are killed, and runs that meet another.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{COMMAND, Home, LOCK, Ran, STAGING, files, snapshot, strings};

/// Asserts that the target is the older install or the new one, and nothing in between.
#[track_caller]
fn assert_whole(home: &Home) {
    let status = home.run(["status", "--json"]).done().json();
    let state = status["state"].as_str().expect("a state");
    assert!(["outdated", "current"].contains(&state), "{status}");
    assert_eq!(strings(&status["modified"]), [""; 0]);
    assert_eq!(strings(&status["missing"]), [""; 0]);
    assert_eq!(home.read("notes/today.md").as_deref(), Some("mine"));
}

#[test]
fn killed_at_any_moment_the_install_is_whole() {
    const KILLS: u32 = 24;
    let home = Home::new();
    home.make_outdated();
    home.write("notes/today.md", "mine");
    let started = Instant::now();
    home.run(["install"]).done();
    let takes = started.elapsed();

    for kill in 0..KILLS {
        home.make_outdated();
        home.assert_nothing_beside();
        let mut install = home
            .command(COMMAND)
            .arg("install")
            .stdout(Stdio::null())
            .spawn()
            .expect("a run");
        thread::sleep(takes * kill / KILLS);
        install.kill().expect("the run is ours to kill");
        install.wait().expect("the run ends");
        assert_whole(&home);
    }
    home.run(["install"]).done();
    assert_eq!(home.state(), "current");
    home.assert_nothing_beside();
}

#[test]
fn killed_while_writing_a_file_leaves_the_former_install() {
    // The system kills a process that writes beyond its limit: at the first file, and at the first long one.
    for blocks in [0, 4] {
        let home = Home::outdated();
        home.write("notes/today.md", "mine");
        let before = snapshot(&home.target());
        let script = format!("ulimit -c 0; ulimit -f {blocks}; exec {COMMAND} install");
        let output = home
            .command("/bin/sh")
            .args(["-c", &script])
            .output()
            .expect("a shell");
        assert!(output.status.signal().is_some(), "{output:?}");
        assert_eq!(snapshot(&home.target()), before);
        assert!(
            home.skills().join(STAGING).exists(),
            "the killed run left its folder"
        );
        assert_whole(&home);

        home.run(["install"]).done();
        home.assert_nothing_beside();
        assert_eq!(home.state(), "current");
    }
}

#[test]
fn leftovers_are_removed_even_when_there_is_nothing_to_install() {
    let home = Home::installed();
    let before = snapshot(&home.target());
    fs::create_dir_all(home.skills().join(STAGING).join("new/crates")).expect("a folder");
    fs::write(home.skills().join(STAGING).join("new/SKILL.md"), "half").expect("a file");
    let report = home.run(["install", "--json"]).done().json();
    assert_eq!(report["outcome"], "unchanged");
    home.assert_nothing_beside();

    fs::write(home.skills().join(LOCK), "").expect("a file");
    let report = home.run(["install", "--json"]).done().json();
    assert_eq!(report["outcome"], "unchanged");
    home.assert_nothing_beside();
    assert_eq!(snapshot(&home.target()), before);
}

#[test]
fn install_cut_off_between_two_renames_is_repaired() {
    for (args, then) in [(["install"], "current"), (["uninstall"], "absent")] {
        let home = Home::outdated();
        let installed = files(&home.target());
        fs::create_dir(home.skills().join(STAGING)).expect("a folder");
        fs::rename(home.target(), home.skills().join(STAGING).join("former"))
            .expect("the first rename");

        let before = snapshot(home.path());
        let status = home.run(["status", "--json"]).done().json();
        assert_eq!(status["state"], "interrupted");
        assert_eq!(status["installed_version"], "0.0.1");
        home.run(["install", "--dry-run"]).done();
        assert_eq!(snapshot(home.path()), before);

        let report = home.run([args[0], "--json"]).done().json();
        let previous = [&report["previous_version"], &report["version"]];
        assert!(previous.contains(&&"0.0.1".into()), "{report}");
        assert!(installed.contains_key("dropped.md"));
        assert_eq!(home.state(), then);
        assert!(!home.skills().join(STAGING).exists());
    }
}

#[test]
fn refused_install_that_was_cut_off_puts_the_former_one_back() {
    let home = Home::outdated();
    home.write("notes/today.md", "mine");
    fs::create_dir(home.skills().join(STAGING)).expect("a folder");
    let former = home.skills().join(STAGING).join("former");
    fs::rename(home.target(), &former).expect("the first rename");
    fs::write(former.join("gotchas.md"), "my own words").expect("a file");
    let refused = home.run(["install", "--json"]).refused().json();
    assert_eq!(strings(&refused["error"]["files"]), ["gotchas.md"]);
    assert_eq!(
        fs::read_to_string(former.join("gotchas.md")).expect("the file"),
        "my own words"
    );

    home.run(["install", "--force"]).done();
    assert_eq!(home.read("notes/today.md").as_deref(), Some("mine"));
    home.assert_nothing_beside();
}

/// Starts one run of the command for each of `subcommands`, all at the same time, and waits for them.
#[track_caller]
fn run_all(home: &Home, subcommands: [&str; 8]) {
    let runs = subcommands.map(|subcommand| {
        let mut run = home.command(COMMAND);
        run.arg(subcommand)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        run.spawn().expect("a run")
    });
    for run in runs {
        let ran = Ran::from(run.wait_with_output().expect("the run ends"));
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
}

#[test]
fn runs_at_the_same_time_do_not_disturb_each_other() {
    let home = Home::outdated();
    home.write("notes/today.md", "mine");
    run_all(&home, ["install"; 8]);
    assert_eq!(home.state(), "current");
    assert_eq!(home.read("notes/today.md").as_deref(), Some("mine"));
    home.assert_nothing_beside();
}

#[test]
fn install_and_uninstall_at_the_same_time_leave_all_or_nothing() {
    let home = Home::outdated();
    let (install, uninstall) = ("install", "uninstall");
    run_all(
        &home,
        [
            install, uninstall, install, uninstall, install, uninstall, install, uninstall,
        ],
    );
    assert!(["current", "absent"].contains(&home.state().as_str()));
}

#[test]
fn waiting_for_another_run_is_said() {
    let home = Home::outdated();
    let lock = fs::File::create(home.skills().join(LOCK)).expect("a file");
    lock.lock().expect("the lock");
    let install = home
        .command(COMMAND)
        .arg("install")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn();
    let mut install = install.expect("a run");
    thread::sleep(Duration::from_millis(300));
    assert_eq!(install.try_wait().expect("the run"), None, "the run waits");
    drop(lock);
    let output = install.wait_with_output().expect("the run ends");
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("waiting for another run"));
    assert_eq!(home.state(), "current");
}
