use super::super::guard::{AsyncDrop, CaughtPanic, Ending, UnreturnedError};

/// Keeps the first of several cleanup errors for the caller and reports each further one; the first panic goes before all errors.
///
/// It outlives a cleanup that is cancelled half-way, and reports what is kept when nobody came back for it.
pub(crate) struct FirstError<T: AsyncDrop> {
    kept: Ending<T::Error>,
}

impl<T: AsyncDrop> FirstError<T> {
    pub(crate) fn none() -> Self {
        Self {
            kept: Ending::new(),
        }
    }

    pub(crate) fn record(
        &mut self,
        ended: Result<Result<(), UnreturnedError<T::Error>>, CaughtPanic>,
    ) {
        self.kept.record(ended);
    }

    /// Says whether an error that comes now is only reported.
    pub(crate) fn has_failed(&self) -> bool {
        self.kept.has_failed()
    }

    pub(crate) fn take(&mut self) -> Result<(), T::Error> {
        self.kept.settle().map_err(UnreturnedError::into_error)
    }
}
