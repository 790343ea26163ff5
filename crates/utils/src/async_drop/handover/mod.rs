//! Cleanup that outlives its future: guards that hand it to a task, the tasks, and whoever awaits them in the end.

mod armed;
mod cancel_safe;
mod drain;
mod drain_report;
mod ends;
mod handed_over;
mod movable;
mod report;
mod scope;
mod task;
mod tracker;
mod watch;

pub use armed::{ArmedGuards, armed_guards};
#[cfg(feature = "testing")]
pub(crate) use armed::{ArmedInRun, ask_first_for_armed};
#[doc(hidden)]
pub use cancel_safe::clean_up_even_when_cancelled;
pub(crate) use cancel_safe::{Armed, hand_over_guard};
pub use drain::drain;
pub use drain_report::{DrainReport, FailedCleanup};
pub(crate) use handed_over::hand_over_under_way;
pub(crate) use movable::Movable;
pub use scope::CleanupScope;
pub(crate) use scope::innermost_scope;
pub use task::CleanupTask;
pub use tracker::CleanupTracker;
#[cfg(feature = "testing")]
pub(crate) use tracker::ask_first_for_tracker;
