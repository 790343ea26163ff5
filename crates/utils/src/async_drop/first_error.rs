use std::panic::{AssertUnwindSafe, catch_unwind};

use super::AsyncDrop;
use super::origin::Origin;
use super::report;

/// Keeps the first of several cleanup errors for the caller and reports each further one.
///
/// It outlives a cleanup that is cancelled half-way, and reports the kept error when nobody came back for it.
pub(crate) struct FirstError<T: AsyncDrop> {
    kept: Option<(T::Error, Origin)>,
}

impl<T: AsyncDrop> FirstError<T> {
    pub(crate) fn none() -> Self {
        Self { kept: None }
    }

    /// `origin` is where the guard was made whose cleanup failed.
    pub(crate) fn record(&mut self, error: T::Error, origin: Origin) {
        if self.kept.is_some() {
            report::cleanup_failed::<T>(&error, origin);
        } else {
            self.kept = Some((error, origin));
        }
    }

    pub(crate) fn take(&mut self) -> Result<(), T::Error> {
        match self.kept.take() {
            Some((error, _)) => Err(error),
            None => Ok(()),
        }
    }
}

impl<T: AsyncDrop> Drop for FirstError<T> {
    fn drop(&mut self) {
        if let Some((error, origin)) = self.kept.take() {
            // Formatting the error runs code of the user's; a panic out of this drop could abort.
            let _ = catch_unwind(AssertUnwindSafe(|| {
                report::cleanup_failed::<T>(&error, origin)
            }));
        }
    }
}
