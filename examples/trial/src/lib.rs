//! Runs a recipe's program again and again, cut off at random, and counts the runs after which the far side has lost something.
//!
//! A run has a multi-thread runtime, a folder and a seed of its own. The program starts its far side, is cut off where it likes by
//! [`Run::cut_off`], waits for its cleanups by [`Run::drained`], looks at the far side and returns what is lost there. Each program that
//! loses nothing stands beside one that does, so that the look is seen to be able to find something.

mod drained;
mod polled;
mod run;
mod server;
mod trial;

pub use async_drop_real_resources::Chance;
pub use drained::{library_has_drained, nothing_drains};
pub use polled::polled;
pub use run::Run;
pub use server::server;
pub use trial::{Trial, one_at_a_time};
