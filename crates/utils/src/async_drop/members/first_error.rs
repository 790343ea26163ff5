use super::super::guard::{AsyncDrop, Origin, UnreturnedError};

/// Keeps the first of several cleanup errors for the caller and reports each further one.
///
/// It outlives a cleanup that is cancelled half-way, and reports the kept error when nobody came back for it.
pub(crate) struct FirstError<T: AsyncDrop> {
    kept: Option<UnreturnedError<T::Error>>,
}

impl<T: AsyncDrop> FirstError<T> {
    pub(crate) fn none() -> Self {
        Self { kept: None }
    }

    /// `origin` is where the guard was made whose cleanup failed.
    pub(crate) fn record(&mut self, error: T::Error, origin: Origin) {
        let failure = UnreturnedError::of_cleanup::<T>(error, origin);
        if self.kept.is_some() {
            drop(failure);
        } else {
            self.kept = Some(failure);
        }
    }

    pub(crate) fn take(&mut self) -> Result<(), T::Error> {
        match self.kept.take() {
            Some(failure) => Err(failure.into_error()),
            None => Ok(()),
        }
    }
}
