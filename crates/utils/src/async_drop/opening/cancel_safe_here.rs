use std::fmt::Debug;

#[cfg(not(feature = "tokio"))]
use super::super::guard::clean_up;
use super::super::guard::{AsyncDrop, AsyncDropGuard, UnreturnedError};
#[cfg(feature = "tokio")]
use super::super::handover::{Armed, clean_up_even_when_cancelled, hand_over_guard};
#[cfg(feature = "tokio")]
use super::super::tree::Place;

/// Holds a guard that is as good as cancel-safe while it is in here, and hands it back as it came.
///
/// Without the feature `tokio`, dropping it drops the guard as it is.
pub(crate) struct CancelSafeHere<T: AsyncDrop + Debug + Send + 'static> {
    /// `None` once it has been handed back.
    guard: Option<AsyncDropGuard<T>>,
    /// Dropped after the guard has been handed on.
    #[cfg(feature = "tokio")]
    _armed: Option<Armed<T>>,
}

impl<T: AsyncDrop + Debug + Send + 'static> CancelSafeHere<T> {
    pub(crate) fn new(guard: AsyncDropGuard<T>) -> Self {
        Self {
            #[cfg(feature = "tokio")]
            _armed: Armed::by_its_holder(&guard),
            guard: Some(guard),
        }
    }

    /// Awaits the cleanup, whose error will only be reported; when the future is dropped first, a task finishes it.
    pub(crate) async fn clean_up(self) -> Result<(), UnreturnedError<T::Error>> {
        #[cfg(feature = "tokio")]
        return clean_up_even_when_cancelled(self.into_guard().cancel_safe(), true).await;
        #[cfg(not(feature = "tokio"))]
        return clean_up(&mut self.into_guard(), true).await;
    }

    pub(crate) fn into_guard(mut self) -> AsyncDropGuard<T> {
        self.guard.take().expect("handed back by value only")
    }
}

impl<T: AsyncDrop + Debug + Send + 'static> Drop for CancelSafeHere<T> {
    fn drop(&mut self) {
        if let Some(guard) = self.guard.take() {
            #[cfg(feature = "tokio")]
            hand_over_guard(guard, Place::Own);
            #[cfg(not(feature = "tokio"))]
            drop(guard);
        }
    }
}
