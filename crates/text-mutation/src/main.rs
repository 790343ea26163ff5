//! The command `cargo mutate-text`.

fn main() -> std::process::ExitCode {
    async_drop_text_mutation::run()
}
