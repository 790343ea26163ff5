//! The command `cargo verdicts`, which all blocks that run are compiled into.

include!(concat!(env!("OUT_DIR"), "/corpus/together.rs"));

fn main() -> std::process::ExitCode {
    async_drop_verdicts::run(RUNNING)
}
