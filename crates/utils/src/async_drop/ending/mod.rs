//! The end of a program: work that is asked to stop, one grace period for it and all cleanups, and what came of both.

mod ended;
mod report;
mod run;
#[cfg(feature = "signal")]
mod signals;
mod stop_reason;
mod stopping;

pub use ended::Ended;
pub use run::run_until;
#[cfg(feature = "signal")]
pub use signals::run_to_end;
pub use stop_reason::StopReason;
pub use stopping::Stopping;
