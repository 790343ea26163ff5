//! Compiles and runs every block of the chapters.

include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));
