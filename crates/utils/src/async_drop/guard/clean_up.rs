use std::fmt::Debug;
/// Reports a cleanup that failed after something else had failed: a failure that is not returned reports itself.
pub use std::mem::drop as report_failed;

use super::trait_def::AsyncDrop;
use super::unreturned_error::UnreturnedError;
use super::wrapper::AsyncDropGuard;

/// Awaits the guard's cleanup, and keeps with a failure what its report names; `is_reported` says that it will come to that.
pub fn clean_up<T: AsyncDrop + Debug>(
    guard: &mut AsyncDropGuard<T>,
    is_reported: bool,
) -> impl Future<Output = Result<(), UnreturnedError<T::Error>>> {
    guard.async_drop_unreturned(is_reported)
}

/// The cleanup's result as the value's own method would give it.
pub fn plain_error<E: Debug>(cleanup: Result<(), UnreturnedError<E>>) -> Result<(), E> {
    cleanup.map_err(UnreturnedError::into_error)
}
