//! What the check says where it cannot run.

use std::process::{Command, Output};

fn check(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_async-drop-browser-check"))
        .args(arguments)
        .env("PATH", "")
        .output()
        .unwrap()
}

#[test]
fn a_missing_browser_is_an_error_that_names_the_packages() {
    let output = check(&[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("apt-get install chromium chromium-driver"),
        "{message}"
    );
}

#[test]
fn wrong_usage_exits_with_2() {
    let output = check(&["--self-test", "--screenshots", "somewhere"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn help_names_the_packages_and_every_option() {
    let output = check(&["--help"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let help = String::from_utf8_lossy(&output.stdout);
    for words in ["chromium chromium-driver", "--self-test", "--screenshots"] {
        assert!(help.contains(words), "no `{words}` in:\n{help}");
    }
}
