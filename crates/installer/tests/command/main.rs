//! The command, run as its users run it.
#![cfg(unix)]

mod fresh_build;
mod help;
mod install;
mod interruption;
mod json;
mod new_project;
mod places;
mod plugin;
mod refusals;
mod status;
mod support;
mod uninstall;
