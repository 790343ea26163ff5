use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::AsyncDrop;
use super::origin::Origin;
use super::report;

/// The failed cleanup of one value: returned by whoever takes its error, reported when it is dropped instead.
#[must_use = "it is returned or reported"]
#[derive(Debug)]
pub struct CleanupFailure<E: Debug> {
    /// `None` once the error has been taken.
    error: Option<E>,
    /// Knows the value's type, which members of different types that fail alike do not share.
    report: fn(&dyn Debug, Origin),
    origin: Origin,
}

impl<E: Debug> CleanupFailure<E> {
    pub(crate) fn new<T: AsyncDrop<Error = E>>(error: E, origin: Origin) -> Self {
        Self {
            error: Some(error),
            report: report::cleanup_failed::<T>,
            origin,
        }
    }

    pub(crate) fn into_error(mut self) -> E {
        self.error.take().expect("taken once, by value")
    }
}

impl<E: Debug> Drop for CleanupFailure<E> {
    fn drop(&mut self) {
        if let Some(error) = self.error.take() {
            // Formatting the error runs code of the user's; a panic out of this drop could abort.
            let _ = catch_unwind(AssertUnwindSafe(|| (self.report)(&error, self.origin)));
        }
    }
}
