//! Small changes to a chapter, each of which makes it say something false.
//!
//! [`mutations`] finds every change that its operators can make to a text; [`draw`] takes some of them, the same for the same seed.
//! The command `cargo mutate-text` makes each and shows that the checks notice: [`run`] draws, `judge` finds out who notices, [`Tally`]
//! counts and says what is left, but for what [`Survivors`] lists. Words of free prose are left alone, since nothing but a reader
//! can hold them.

mod blocks;
mod cli;
mod code;
mod command;
mod draw;
mod find;
mod judge;
mod mutation;
mod page;
mod prose;
mod quotes;
mod signatures;
mod survivors;
mod tally;

pub use command::run;
pub use draw::draw;
pub use find::mutations;
pub use mutation::{Kind, Mutation};
pub use survivors::{Survivor, Survivors};
pub use tally::{Fate, Tally};
