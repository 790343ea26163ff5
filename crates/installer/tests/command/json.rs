//! The shape of what `--json` prints, which programs rely on, and the exit codes.

use serde_json::Value;

use crate::support::{Home, strings};

/// Sorted, since another package of the workspace may have serde_json keep the order of insertion.
#[track_caller]
fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().expect("an object");
    let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn install_has_these_keys() {
    let home = Home::new();
    let report = home.run(["install", "--json"]).done().json();
    let expected = [
        "command",
        "dry_run",
        "kept",
        "notes",
        "outcome",
        "overwritten",
        "previous_version",
        "removed",
        "target",
        "version",
        "written",
    ];
    assert_eq!(keys(&report), expected);
    assert_eq!(report["command"], "install");
    assert_eq!(report["dry_run"], false);
    assert_eq!(report["outcome"], "installed");
    assert_eq!(report["previous_version"], Value::Null);
    assert_eq!(report["target"], home.target().to_str().expect("UTF-8"));
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert!(strings(&report["written"]).contains(&"crates/utils/src/lib.rs"));
}

#[test]
fn status_has_these_keys() {
    let expected = [
        "added",
        "carried_version",
        "command",
        "installed_version",
        "missing",
        "modified",
        "note",
        "outdated",
        "state",
        "target",
    ];
    for home in [Home::new(), Home::installed(), Home::outdated()] {
        assert_eq!(
            keys(&home.run(["status", "--json"]).done().json()),
            expected
        );
    }
}

#[test]
fn uninstall_has_these_keys() {
    let expected = [
        "command", "dry_run", "kept", "notes", "outcome", "removed", "target", "version",
    ];
    for home in [Home::new(), Home::installed()] {
        assert_eq!(
            keys(&home.run(["uninstall", "--json"]).done().json()),
            expected
        );
    }
}

#[test]
fn refusal_has_these_keys_and_is_on_standard_output() {
    let home = Home::installed();
    home.write("SKILL.md", "changed");
    for command in ["install", "uninstall"] {
        let ran = home.run([command, "--json"]).refused();
        assert_eq!(ran.err, "");
        let refused = ran.json();
        assert_eq!(keys(&refused), ["command", "error", "target"]);
        assert_eq!(keys(&refused["error"]), ["files", "kind", "message"]);
        assert_eq!(refused["command"], command);
        assert_eq!(refused["target"], home.target().to_str().expect("UTF-8"));
        assert_eq!(refused["error"]["kind"], "changed");
        assert_eq!(strings(&refused["error"]["files"]), ["SKILL.md"]);
    }
}

#[test]
fn wrong_usage_exits_with_two() {
    let home = Home::new();
    let wrong: [&[&str]; 6] = [
        &[],
        &["frobnicate"],
        &["install", "--frobnicate"],
        &["install", "--project", "--dir", "skills"],
        &["install", "--dir"],
        &["status", "--force"],
    ];
    for args in wrong {
        let output = home
            .command(crate::support::COMMAND)
            .args(args)
            .output()
            .expect("a run");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        assert!(!output.stderr.is_empty(), "{args:?}");
    }
    assert!(!home.path().join(".claude").exists());
}

#[test]
fn wrong_usage_is_json_too() {
    let home = Home::new();
    let ran = home.run(["install", "--json", "--project", "--dir", "skills"]);
    assert_eq!(ran.code, Some(2));
    let refused = ran.json();
    assert_eq!(refused["error"]["kind"], "usage");
    let message = refused["error"]["message"].as_str().expect("a message");
    assert!(message.contains("--project"), "{message}");
}

#[test]
fn help_of_a_command_documents_its_json() {
    let home = Home::installed();
    for command in ["install", "status", "uninstall"] {
        let help = home.run([command, "--help"]).done().out;
        let report = home.run([command, "--json"]).done().json();
        for key in keys(&report) {
            assert!(
                help.contains(&format!("\"{key}\"")),
                "{key} is not in the help of {command}"
            );
        }
    }
}
