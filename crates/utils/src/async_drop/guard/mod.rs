//! The guard and the trait behind it: what happens to a value whose cleanup is awaited, forgotten, or has failed.

mod armed_drop;
mod caught_panic;
mod clean_up;
mod forgotten;
mod origin;
pub(crate) mod report;
mod trait_def;
mod unreturned_error;
mod watched;
mod words;
mod wrapper;

#[cfg(feature = "tokio")]
pub(crate) use armed_drop::ArmedDrop;
pub(crate) use armed_drop::HoldsGuards;
#[cfg(feature = "tokio")]
pub(crate) use caught_panic::panic_words;
pub use caught_panic::{CaughtPanic, join};
pub(crate) use caught_panic::{Ending, catching};
pub use clean_up::{clean_up, plain_error, report_failed};
#[cfg(feature = "testing")]
pub(crate) use forgotten::ask_first_of_forgotten;
pub use forgotten::{ForgottenGuard, set_forgotten_guard_hook, take_forgotten_guard_hook};
pub(crate) use origin::Origin;
pub use trait_def::AsyncDrop;
pub use unreturned_error::UnreturnedError;
#[cfg(feature = "tokio")]
pub(crate) use words::Shown;
pub(crate) use words::{contained, showable};
pub(crate) use wrapper::ALREADY_DROPPED;
pub use wrapper::{AsyncDropGuard, ShareWithAsyncDropArc};
