//! Hands the proof chapters that are false on purpose, one per kind of lie, and checks that each is refuted for its reason.
//!
//! Each lie goes through what the chapters go through; only its contexts are its own.

mod as_it_was;
mod dimensions;
mod explored;
mod falsified;
mod far_side;
mod read;
// Its blocks are not to be clippy's examples.
#[allow(clippy::unnecessary_operation)]
mod run;
mod rustc;
mod server;
mod words;

use std::path::Path;
use std::sync::OnceLock;

use async_drop_checks::{CHECKS, Guidance};
use async_drop_corpus::{Chapter, Contexts, Errors, LIES_CONTEXTS};

/// The chapters; those that are refuted when their blocks run are in a folder of their own below it.
const FOLDER: &str = "corpus/false_chapters";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn chapter(name: &str) -> Result<Chapter, Errors> {
    Chapter::at(root(), &format!("{FOLDER}/{name}.md"))
}

fn contexts() -> Contexts {
    Contexts::read(root(), LIES_CONTEXTS).unwrap()
}

/// The true guidance, against which a lie is held.
fn guidance() -> &'static Guidance {
    static GUIDANCE: OnceLock<Guidance> = OnceLock::new();
    GUIDANCE.get_or_init(|| Guidance::read(root()).unwrap_or_else(|errors| panic!("\n{errors}")))
}

/// What the check of this name finds.
fn refuted(check: &str, guidance: &Guidance) -> Errors {
    let check = CHECKS.iter().find(|known| known.name == check).unwrap();
    check.run(guidance).unwrap_err()
}

/// Checks that `words` are found in `said`, in order.
fn assert_said(said: &str, words: &[&str]) {
    let mut rest = said;
    for words in words {
        let (_, after) = rest.split_once(words).unwrap_or_else(|| {
            panic!("not said, or not in this place: {words}\n--- said:\n{said}")
        });
        rest = after;
    }
}
