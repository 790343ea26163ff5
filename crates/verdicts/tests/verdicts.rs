//! Runs the command on the chapters as they are.

use std::process::Command;

#[test]
fn every_block_does_as_its_chapter_says() {
    let output = Command::new(env!("CARGO_BIN_EXE_async-drop-verdicts"))
        .output()
        .unwrap();
    let refutations = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "\n{refutations}");
}
