//! The command, run as its users run it.
#![cfg(unix)]

#[path = "command/support.rs"]
mod support;

#[path = "command/install.rs"]
mod install;
#[path = "command/interruption.rs"]
mod interruption;
#[path = "command/json.rs"]
mod json;
#[path = "command/new_project.rs"]
mod new_project;
#[path = "command/places.rs"]
mod places;
#[path = "command/plugin.rs"]
mod plugin;
#[path = "command/refusals.rs"]
mod refusals;
#[path = "command/status.rs"]
mod status;
#[path = "command/uninstall.rs"]
mod uninstall;
