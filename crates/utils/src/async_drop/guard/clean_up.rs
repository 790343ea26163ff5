use std::fmt::Debug;
use std::future::poll_fn;
/// Reports a cleanup that failed after something else had failed: a failure that is not returned reports itself.
pub use std::mem::drop as report_failed;
use std::pin::pin;

use super::super::reported::only_reported_if;
use super::trait_def::AsyncDrop;
use super::unreturned_error::UnreturnedError;
use super::wrapper::AsyncDropGuard;

/// Awaits the guard's cleanup, and keeps with a failure what its report names; `is_reported` says that it will come to that.
pub async fn clean_up<T: AsyncDrop + Debug>(
    guard: &mut AsyncDropGuard<T>,
    is_reported: bool,
) -> Result<(), UnreturnedError<T::Error>> {
    let origin = guard.origin();
    let mut cleanup = pin!(guard.async_drop());
    poll_fn(|context| only_reported_if(is_reported, || cleanup.as_mut().poll(context)))
        .await
        .map_err(|error| UnreturnedError::of_cleanup::<T>(error, origin))
}

/// The cleanup's result as the value's own method would give it.
pub fn plain_error<E: Debug>(cleanup: Result<(), UnreturnedError<E>>) -> Result<(), E> {
    cleanup.map_err(UnreturnedError::into_error)
}
