//! Installs the async-drop skill, says what is installed, and removes it again.

mod change;
mod cli;
mod failure;
mod files;
mod fingerprint;
mod inspect;
mod install;
mod lock;
mod output;
mod payload;
mod place;
mod record;
mod replace;
mod staging;
mod status;
mod swap;
mod uninstall;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os())
}
