//! Composes the chapters' blocks into one Rust file.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let root = package
        .ancestors()
        .nth(2)
        .expect("the package lies two folders below the root");
    for input in async_drop_corpus::inputs(root) {
        println!("cargo::rerun-if-changed={}", input.display());
    }
    println!("cargo::rustc-env=ASYNC_DROP_ROOT={}", root.display());
    match async_drop_corpus::write_programs(root, &out.join("corpus")) {
        Ok(_) => ExitCode::SUCCESS,
        Err(errors) => {
            for error in errors.0 {
                println!("cargo::error={error}");
            }
            ExitCode::FAILURE
        }
    }
}
