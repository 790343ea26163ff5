//! Code of the user's that only says something, `Debug` and subscribers: its panic costs what it would have said, and nothing else.

use std::fmt::{self, Debug};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs what only says something, and goes on when it panics.
pub(crate) fn contained<R>(say: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(say)) {
        Ok(said) => Some(said),
        Err(payload) => {
            // Never dropped, since that could panic as well.
            mem::forget(payload);
            None
        }
    }
}

/// Shows a value, and in place of one whose `Debug` panics says so.
///
/// Not for a `panic!`, which formats its message where even a contained panic aborts: that takes [`showable`].
pub(crate) struct Shown<'a>(pub(crate) &'a dyn Debug);

impl Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = contained(|| {
            if f.alternate() {
                format!("{:#?}", self.0)
            } else {
                format!("{:?}", self.0)
            }
        });
        f.write_str(shown.as_deref().unwrap_or(UNSHOWN))
    }
}

/// What is shown of a value whose `Debug` panics.
const UNSHOWN: &str = "<its Debug panics>";

/// The value, or in place of one whose `Debug` panics a value that says so: for what may end up in a `panic!`.
pub(crate) fn showable(value: &dyn Debug) -> &dyn Debug {
    match contained(|| format!("{value:?}")) {
        Some(_) => value,
        None => &Unshown,
    }
}

struct Unshown;

impl Debug for Unshown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(UNSHOWN)
    }
}
