//! One run of a scenario, on a runtime of its own.

mod one_run;
mod outcome;
mod panics;
mod settle;
mod watchdog;

pub(super) use one_run::{Bounds, Clock, Ended, Finished, Run, Scenario};
pub use outcome::Outcome;
pub(super) use panics::{Panicked, install_hook};
pub(super) use watchdog::Watchdog;
