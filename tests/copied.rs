//! Compiles and runs the blocks of README.md and SKILL.md as skeptic does: each a program of its own, in edition 2021, as a reader
//! copies them.

include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));
