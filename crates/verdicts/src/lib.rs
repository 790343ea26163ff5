//! Runs the blocks of the chapters to their verdicts, whoever asks: the tests, the book, the mutations of text and library.
//!
//! 1. A composed program calls a function of `judge`, which explores the block and says what it saw, or how the chapter is wrong.
//! 2. `process` runs a block in a process of its own: hooks, panics and runtimes of one are none of another's business.
//!    `alone` compiles one that is a program of its own, `rejected` hands those that must not compile to trybuild.
//! 3. `records` brings together what all blocks were seen to do, and `command` prints it: `cargo verdicts`.

mod alone;
mod cli;
mod command;
mod judge;
mod process;
mod record;
mod records;
mod rejected;

pub use alone::{Libraries, Outcome};
pub use command::run;
pub use judge::{
    Block, Held, Refuted, Running, Seen, leaks, leaks_blocking, panics, panics_blocking, right,
    right_cancel_safe, right_once, right_once_blocking,
};
pub use process::{conclude, hold, run_if_asked};
pub use record::Record;
pub use rejected::failures;
