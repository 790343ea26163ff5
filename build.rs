//! Hands every block of the chapters to skeptic, each composed with its context into one program.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use async_drop_corpus::RUSTC_BEHIND;

fn main() -> ExitCode {
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    if !args.is_empty() {
        return async_drop_corpus::stand_in_for_rustc(args);
    }
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    for input in async_drop_corpus::inputs(&root) {
        println!("cargo::rerun-if-changed={}", input.display());
    }
    match async_drop_corpus::write_programs(&root, &out.join("corpus")) {
        Ok(files) => {
            skeptic::generate_doc_tests(&files);
            compile_programs_with_stand_in();
            ExitCode::SUCCESS
        }
        Err(errors) => {
            for error in errors.0 {
                println!("cargo::error={error}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Has skeptic call this program instead of rustc, in this package's tests.
///
/// Cargo sets what a build script emits here for `cargo test` too, and skeptic compiles with what `RUSTC` names. Only this
/// executable is at hand on every platform when the tests run.
fn compile_programs_with_stand_in() {
    let rustc = env::var(RUSTC_BEHIND)
        .or_else(|_| env::var("RUSTC"))
        .unwrap_or_else(|_| "rustc".to_owned());
    let stand_in = env::current_exe().expect("a running program has a path");
    println!("cargo::rustc-env=RUSTC={}", stand_in.display());
    println!("cargo::rustc-env={RUSTC_BEHIND}={rustc}");
    // For the false chapters, whose programs are handed to skeptic by a test.
    let target = env::var("TARGET").expect("cargo sets it");
    println!("cargo::rustc-env=ASYNC_DROP_TARGET={target}");
}
