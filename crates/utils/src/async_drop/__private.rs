//! What the macros expand to: not for direct use, and free to change in any release.

use std::fmt::Debug;

pub use std::result::Result::{Err, Ok};

pub use futures_util::future::join;

use super::origin::Origin;
use super::{AsyncDrop, AsyncDropGuard, report};

/// The failed cleanup of one value: to be returned or to be reported.
#[must_use = "it is returned or reported"]
pub struct CleanupFailure<T: AsyncDrop> {
    error: T::Error,
    origin: Origin,
}

/// Awaits the guard's cleanup, and keeps with a failure what its report names.
pub async fn clean_up<T: AsyncDrop + Debug>(
    guard: &mut AsyncDropGuard<T>,
) -> Result<(), CleanupFailure<T>> {
    let origin = guard.origin();
    guard
        .async_drop()
        .await
        .map_err(|error| CleanupFailure { error, origin })
}

/// Reports a cleanup that failed after something else had failed.
pub fn report_failed<T: AsyncDrop>(cleanup: Result<(), CleanupFailure<T>>) {
    if let Err(failed) = cleanup {
        report::cleanup_failed::<T>(&failed.error, failed.origin);
    }
}

/// Makes the error to return from that of the first cleanup that failed.
pub fn map_error<T: AsyncDrop, E>(
    failed: CleanupFailure<T>,
    err_map: impl FnOnce(T::Error) -> E,
) -> E {
    err_map(failed.error)
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
    cleanup.map_err(|failed| failed.error)
}
