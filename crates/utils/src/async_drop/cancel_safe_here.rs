use std::fmt::Debug;

use super::{AsyncDrop, AsyncDropGuard};

/// Holds a guard that is as good as cancel-safe while it is in here, and hands it back as it came.
///
/// Without the feature `tokio`, dropping it drops the guard as it is.
pub(crate) struct CancelSafeHere<T: AsyncDrop + Debug + Send + 'static> {
    /// `None` once it has been handed back.
    guard: Option<AsyncDropGuard<T>>,
}

impl<T: AsyncDrop + Debug + Send + 'static> CancelSafeHere<T> {
    pub(crate) fn new(guard: AsyncDropGuard<T>) -> Self {
        Self { guard: Some(guard) }
    }

    pub(crate) fn get_mut(&mut self) -> &mut AsyncDropGuard<T> {
        self.guard.as_mut().expect("handed back by value only")
    }

    pub(crate) fn into_guard(mut self) -> AsyncDropGuard<T> {
        self.guard.take().expect("handed back by value only")
    }
}

impl<T: AsyncDrop + Debug + Send + 'static> Drop for CancelSafeHere<T> {
    fn drop(&mut self) {
        if let Some(guard) = self.guard.take() {
            #[cfg(feature = "tokio")]
            let guard = guard.cancel_safe();
            drop(guard);
        }
    }
}
