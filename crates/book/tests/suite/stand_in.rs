use std::process::Command;

use serde_json::json;

/// The lines of shell for a Cargo that builds the program.
pub const BUILDS: &str = "echo \"$STAND_IN_BUILT\"";

/// Takes the place of Cargo and of the program that it builds. It is a file of the repository, since a program that was written a moment
/// ago may still be open for writing in the child of another test.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/stand_in.sh");

/// The command `cargo book`, with a Cargo and with blocks that do what these lines of shell say.
pub fn stand_in(cargo: &str, blocks: &str) -> Command {
    let built = json!({
        "reason": "compiler-artifact",
        "target": { "name": "verdicts", "kind": ["bin"] },
        "executable": SCRIPT,
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_async-drop-book"));
    command
        .env("CARGO", SCRIPT)
        .env("STAND_IN_BUILT", built.to_string())
        .env("STAND_IN_CARGO", cargo)
        .env("STAND_IN_BLOCKS", blocks);
    command
}
