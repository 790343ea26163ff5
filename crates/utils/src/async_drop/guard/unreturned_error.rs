use std::fmt::Debug;

use super::origin::Origin;
use super::report;
use super::trait_def::AsyncDrop;

/// An error while it is open whether it can be returned: returned by whoever takes it, reported when this is dropped instead.
#[must_use = "it is returned or reported"]
#[derive(Debug)]
pub struct UnreturnedError<E: Debug> {
    /// `None` once the error has been taken.
    error: Option<E>,
    /// Knows what failed, and the type that it belongs to.
    report: fn(&dyn Debug, Origin),
    origin: Origin,
}

impl<E: Debug> UnreturnedError<E> {
    pub(crate) fn of_cleanup<T: AsyncDrop<Error = E>>(error: E, origin: Origin) -> Self {
        Self::new(error, report::cleanup_failed::<T>, origin)
    }

    pub(crate) fn new(error: E, report: fn(&dyn Debug, Origin), origin: Origin) -> Self {
        Self {
            error: Some(error),
            report,
            origin,
        }
    }

    pub(crate) fn into_error(mut self) -> E {
        self.error.take().expect("taken once, by value")
    }
}

impl<E: Debug> Drop for UnreturnedError<E> {
    fn drop(&mut self) {
        if let Some(error) = self.error.take() {
            (self.report)(&error, self.origin);
        }
    }
}
