use std::panic::{AssertUnwindSafe, catch_unwind};

use super::AsyncDrop;
use super::origin::Origin;
use super::report;

/// The failed cleanup of one value: returned by whoever takes its error, reported when it is dropped instead.
#[must_use = "it is returned or reported"]
pub struct CleanupFailure<T: AsyncDrop> {
    /// `None` once the error has been taken.
    error: Option<T::Error>,
    origin: Origin,
}

impl<T: AsyncDrop> CleanupFailure<T> {
    pub(crate) fn new(error: T::Error, origin: Origin) -> Self {
        Self {
            error: Some(error),
            origin,
        }
    }

    pub(crate) fn into_error(mut self) -> T::Error {
        self.error.take().expect("taken once, by value")
    }
}

impl<T: AsyncDrop> Drop for CleanupFailure<T> {
    fn drop(&mut self) {
        if let Some(error) = self.error.take() {
            // Formatting the error runs code of the user's; a panic out of this drop could abort.
            let _ = catch_unwind(AssertUnwindSafe(|| {
                report::cleanup_failed::<T>(&error, self.origin);
            }));
        }
    }
}
