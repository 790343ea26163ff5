//! Composes the chapters' blocks, each with its context: into one program, which `src/main.rs` and `tests/blocks.rs` include, and those
//! that are copied first into programs of their own, which skeptic compiles in `tests/copied.rs`.

use std::env;
use std::path::PathBuf;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    for input in async_drop_corpus::inputs(&root) {
        println!("cargo::rerun-if-changed={}", input.display());
    }
    // For skeptic, where a test calls it.
    let target = env::var("TARGET").expect("cargo sets it");
    println!("cargo::rustc-env=ASYNC_DROP_TARGET={target}");
    let copied = async_drop_corpus::write_programs(&root, &out.join("corpus"));
    let copied = copied.and_then(|copied| {
        async_drop_corpus::write_lies(&root, &out.join("lies"))?;
        Ok(copied)
    });
    match copied {
        Ok(copied) => skeptic::generate_doc_tests(&copied),
        // They fail the build; were this program to fail as well, Cargo would print all that it said behind them.
        Err(errors) => {
            for error in errors.0 {
                println!("cargo::error={error}");
            }
        }
    }
}
