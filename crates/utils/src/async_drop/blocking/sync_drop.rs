use std::any::type_name;
use std::fmt::Debug;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::thread;

use super::super::guard::{AsyncDrop, AsyncDropGuard, contained, report, showable};
use super::super::reported::OnlyReportedIf;
#[cfg(feature = "tokio")]
use super::on_tokio::{CannotWait, wait_for};
#[cfg(not(feature = "tokio"))]
use super::without_runtime::{CannotWait, wait_for};

/// Runs the cleanup in `Drop`, and blocks the thread until it is done: for tests.
///
/// It derefs to the guard. In code that can await, await
/// [`AsyncDropGuard::async_drop`] instead, which blocks nobody.
///
/// # Dropping
///
/// Unless the guard is done already, dropping runs its cleanup:
///
/// - on a multi-thread Tokio runtime: there, while its other tasks go on;
/// - outside any runtime: on a current-thread runtime of its own;
/// - on a current-thread runtime, or in a `LocalSet`: on this thread, and for at most one second. What others finish (a blocking file
///   operation, another thread) completes. A timer, a socket or a task of that same runtime cannot: the
///   runtime's only thread is the one that waits.
///
/// Without the feature `tokio`, it waits on this thread without limit.
///
/// # Panics
///
/// The drop panics when the cleanup fails, with the error, the value's type and the place where the guard was made; and when it gives up
/// after one second. While the thread is panicking already, both are reported instead (a `tracing` event at error level,
/// target `async_drop`), and so is a cleanup that panics.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard, SyncDrop};
/// # #[derive(Debug)]
/// # struct Fixture { name: &'static str }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Fixture {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// let fixture = SyncDrop::new(AsyncDropGuard::new(Fixture { name: "database" }));
/// assert_eq!(fixture.name, "database");
/// // The cleanup runs here, also when the assertion has failed.
/// ```
#[derive(Debug)]
pub struct SyncDrop<T: AsyncDrop + Debug>(AsyncDropGuard<T>);

impl<T: AsyncDrop + Debug> SyncDrop<T> {
    /// Takes over the duty to clean up.
    pub fn new(guard: AsyncDropGuard<T>) -> Self {
        Self(guard)
    }

    /// Gives the guard back as it is: its cleanup has to be awaited again.
    pub fn into_inner_dont_drop(mut self) -> AsyncDropGuard<T> {
        mem::replace(&mut self.0, AsyncDropGuard::new_invalid())
    }

    /// The guard.
    pub fn inner(&self) -> &AsyncDropGuard<T> {
        &self.0
    }

    fn clean_up(&mut self) -> Result<(), Failure<T::Error>> {
        // Nobody is returned the error: it becomes a panic or a report.
        let cleanup = OnlyReportedIf {
            is_known: true,
            cleanup: pin!(self.0.async_drop()),
        };
        match wait_for(cleanup) {
            Ok(cleanup) => cleanup.map_err(Failure::Cleanup),
            Err(reason) => Err(Failure::Waiting(reason)),
        }
    }
}

enum Failure<E> {
    Cleanup(E),
    Waiting(CannotWait),
}

impl<E: Debug> Failure<E> {
    fn words(&self) -> &dyn Debug {
        match self {
            Self::Cleanup(error) => error,
            Self::Waiting(reason) => reason,
        }
    }
}

impl<T: AsyncDrop + Debug> Drop for SyncDrop<T> {
    fn drop(&mut self) {
        if self.0.is_dropped() {
            return;
        }
        let origin = self.0.origin();
        if !thread::panicking() {
            if let Err(failure) = self.clean_up() {
                panic!(
                    "Cleanup in SyncDrop failed: {:?} (type {}, guard made at {origin})",
                    showable(failure.words()),
                    type_name::<T>(),
                );
            }
            return;
        }
        // The cleanup, and showing its error, run code of the user's; a second panic out of a destructor would abort.
        let cleanup = contained(|| {
            if let Err(failure) = self.clean_up() {
                report::cleanup_failed::<T>(failure.words(), origin);
            }
        });
        if cleanup.is_none() {
            report::cleanup_failed::<T>(&format_args!("the cleanup panicked"), origin);
        }
    }
}

impl<T: AsyncDrop + Debug> Deref for SyncDrop<T> {
    type Target = AsyncDropGuard<T>;

    fn deref(&self) -> &AsyncDropGuard<T> {
        &self.0
    }
}

impl<T: AsyncDrop + Debug> DerefMut for SyncDrop<T> {
    fn deref_mut(&mut self) -> &mut AsyncDropGuard<T> {
        &mut self.0
    }
}
