//! What the macros expand to: not for direct use, and free to change in any release.

use std::fmt::Debug;

pub use std::result::Result::{Err, Ok};

pub use futures_util::future::join;

#[cfg(feature = "tokio")]
use super::cancel_safe::FinishedInTask;
use super::cleanup_failure::CleanupFailure;
use super::{AsyncDrop, AsyncDropGuard};

/// Awaits the guard's cleanup, and keeps with a failure what its report names.
pub async fn clean_up<T: AsyncDrop + Debug>(
    guard: &mut AsyncDropGuard<T>,
) -> Result<(), CleanupFailure<T>> {
    let origin = guard.origin();
    guard
        .async_drop()
        .await
        .map_err(|error| CleanupFailure::new(error, origin))
}

/// Awaits the guard's cleanup like [`clean_up`], and has a task finish it when the future is dropped first.
#[cfg(feature = "tokio")]
pub async fn clean_up_even_when_cancelled<T>(
    guard: AsyncDropGuard<T>,
) -> Result<(), CleanupFailure<T>>
where
    T: AsyncDrop + Debug + Send + 'static,
{
    let origin = guard.origin();
    FinishedInTask::new(guard)
        .await
        .map_err(|error| CleanupFailure::new(error, origin))
}

/// Reports a cleanup that failed after something else had failed.
pub fn report_failed<T: AsyncDrop>(cleanup: Result<(), CleanupFailure<T>>) {
    // A failure that is not returned reports itself.
    drop(cleanup);
}

/// Makes the error to return from that of the first cleanup that failed.
pub fn map_error<T: AsyncDrop, E>(
    failed: CleanupFailure<T>,
    err_map: impl FnOnce(T::Error) -> E,
) -> E {
    err_map(failed.into_error())
}

/// The map of macros that are given none.
pub fn from_cleanup_error<F, E: From<F>>(error: F) -> E {
    E::from(error)
}

/// Pins down that a fallible macro's body gives a `Result`, before anything else is inferred from it.
pub fn body_result<R, E>(body: Result<R, E>) -> Result<R, E> {
    body
}

/// The cleanup's result as the value's own method would give it.
pub fn plain_error<T: AsyncDrop>(cleanup: Result<(), CleanupFailure<T>>) -> Result<(), T::Error> {
    cleanup.map_err(CleanupFailure::into_error)
}
