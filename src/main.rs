//! The command `cargo verdicts`, and the one program that all blocks are compiled into.

include!(concat!(env!("OUT_DIR"), "/corpus/together.rs"));

fn main() -> std::process::ExitCode {
    async_drop_verdicts::run(RUNNING, env!("CARGO_MANIFEST_DIR").as_ref())
}
