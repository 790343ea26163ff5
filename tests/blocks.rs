//! Holds every block of the chapters that runs to its verdict, each in a process of its own.

use std::process::Command;

// A test a block, which calls `holds`.
include!(concat!(env!("OUT_DIR"), "/corpus/tests.rs"));

fn holds(chapter: &str, line: usize) {
    let program = Command::new(env!("CARGO_BIN_EXE_verdicts"));
    if let Err(error) = async_drop_verdicts::hold(program, chapter, line) {
        panic!("\n{error}");
    }
}
