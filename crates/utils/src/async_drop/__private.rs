//! What the macros expand to: not for direct use, and free to change in any release.

use std::fmt::Debug;

pub use std::future::ready;
/// Reports a cleanup that failed after something else had failed: a failure that is not returned reports itself.
pub use std::mem::drop as report_failed;
pub use std::result::Result::{Err, Ok};

pub use futures_util::future::join;

pub use super::members::Member;
pub use super::members_outcome::{Outcome, concurrently, converting, in_order, like_first};
pub use super::unreturned_error::UnreturnedError;

#[cfg(feature = "tokio")]
use super::cancel_safe::FinishedInTask;
use super::{AsyncDrop, AsyncDropGuard};

/// Awaits the guard's cleanup, and keeps with a failure what its report names.
pub async fn clean_up<T: AsyncDrop + Debug>(
    guard: &mut AsyncDropGuard<T>,
) -> Result<(), UnreturnedError<T::Error>> {
    let origin = guard.origin();
    guard
        .async_drop()
        .await
        .map_err(|error| UnreturnedError::of_cleanup::<T>(error, origin))
}

/// Awaits the guard's cleanup like [`clean_up`], and has a task finish it when the future is dropped first.
#[cfg(feature = "tokio")]
pub async fn clean_up_even_when_cancelled<T>(
    guard: AsyncDropGuard<T>,
) -> Result<(), UnreturnedError<T::Error>>
where
    T: AsyncDrop + Debug + Send + 'static,
{
    let origin = guard.origin();
    FinishedInTask::new(guard)
        .await
        .map_err(|error| UnreturnedError::of_cleanup::<T>(error, origin))
}

/// Makes the error to return from that of the first cleanup that failed.
pub fn map_error<F: Debug, E>(failed: UnreturnedError<F>, err_map: impl FnOnce(F) -> E) -> E {
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
pub fn plain_error<E: Debug>(cleanup: Result<(), UnreturnedError<E>>) -> Result<(), E> {
    cleanup.map_err(UnreturnedError::into_error)
}
