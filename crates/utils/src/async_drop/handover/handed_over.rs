use std::any::type_name;
use std::fmt::Debug;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::FutureExt;
use tokio::runtime::Handle;

use super::super::guard::{AsyncDrop, AsyncDropGuard, Origin, Shown, panic_words};
use super::super::tree::{self, Cleanup, Place};
use super::report;
use super::task::CleanupTask;
use super::tracker::{CleanupTracker, Ticket};

/// A cleanup that owns what it cleans up.
pub(crate) type CleanupFuture<E> = dyn Future<Output = Result<(), E>> + Send;

/// Hands over the value of a guard that was dropped armed.
pub(crate) fn hand_over_value<T>(value: T, origin: Origin, place: Place)
where
    T: AsyncDrop + Debug + Send + 'static,
{
    // Under a plain guard, so that a task that is dropped unfinished ends in the forgotten-guard hook.
    let guard = AsyncDropGuard::from_parts(value, origin, None);
    hand_over::<T>(origin, guard.into_cleanup(), place);
}

/// Hands over a cleanup of a `T` that was cut off, to be finished.
pub(crate) fn hand_over_under_way<T>(origin: Origin, cleanup: Pin<Box<CleanupFuture<T::Error>>>)
where
    T: AsyncDrop + 'static,
{
    hand_over::<T>(origin, cleanup, Place::AtOnce);
}

/// Hands `cleanup` to a task on the current runtime; without one, it is dropped, which calls the forgotten-guard hook.
fn hand_over<T: AsyncDrop + 'static>(
    origin: Origin,
    cleanup: impl Future<Output = Result<(), T::Error>> + Send + 'static,
    place: Place,
) {
    let Ok(handle) = Handle::try_current() else {
        drop(cleanup);
        return;
    };
    let task = CleanupTask::new(type_name::<T>(), origin);
    let (tracker, is_process_wide) = CleanupTracker::current();
    // Before anything else, so that a drain never misses it.
    let ticket = tracker.accept(task);
    report::handed_over(&task, place != Place::Bare || tree::is_held());
    let run = run(task, cleanup, ticket);
    let cleanup = if is_process_wide {
        Cleanup::new(run)
    } else {
        // What the cleanup itself hands over goes to the same tracker.
        Cleanup::new(tracker.scope(run))
    };
    tree::submit(cleanup, place, &handle);
}

/// Runs the cleanup to its end, and reports its failure; a panic of the cleanup counts as one.
///
/// No async function, since the future of one stores twice what it is given.
fn run<E: Debug>(
    task: CleanupTask,
    cleanup: impl Future<Output = Result<(), E>>,
    ticket: Ticket,
) -> impl Future<Output = ()> {
    let cleanup = cleanup.map(|result| result.map_err(|error| format!("{:?}", Shown(&error))));
    AssertUnwindSafe(cleanup).catch_unwind().map(move |ended| {
        let result =
            ended.unwrap_or_else(|panic| Err(format!("panicked: {}", panic_words(&*panic))));
        if let Err(error) = &result {
            report::handed_over_cleanup_failed(&task, error);
        }
        ticket.record(result);
    })
}
