use std::fmt::Debug;
use std::pin::Pin;
use std::task::{Context, Poll};

#[cfg(feature = "tokio")]
use super::super::awaited_cleanup::cleanup_is_awaited;
use super::words::contained;
use super::wrapper::AsyncDropGuard;

/// A guard while its cleanup is awaited.
///
/// Declared before the cleanup, and so dropped after it. A panic that leaves the cleanup finds the guard disarmed behind it, since
/// what has panicked must not run again; a cleanup that is cut off leaves the guard armed.
pub(super) struct CleaningUp<'a, T: Debug> {
    pub(super) guard: &'a mut AsyncDropGuard<T>,
    /// The cleanup is called or polled right now, and does not wait.
    pub(super) is_running: bool,
}

impl<'a, T: Debug> CleaningUp<'a, T> {
    #[inline]
    pub(super) fn begin(guard: &'a mut AsyncDropGuard<T>) -> Self {
        Self {
            guard,
            is_running: true,
        }
    }
}

impl<T: Debug> Drop for CleaningUp<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.is_running && !self.guard.is_dropped() {
            panicked(self.guard);
        }
    }
}

#[cold]
#[inline(never)]
fn panicked<T: Debug>(guard: &mut AsyncDropGuard<T>) {
    // A second panic out of a destructor would abort.
    contained(|| guard.drop_value());
}

/// A cleanup, which notes when it waits.
pub(super) struct Watched<'a, F> {
    cleanup: F,
    is_running: &'a mut bool,
}

#[inline]
pub(super) fn watched<F: Future + Unpin>(cleanup: F, is_running: &mut bool) -> Watched<'_, F> {
    Watched {
        cleanup,
        is_running,
    }
}

impl<F: Future + Unpin> Future for Watched<'_, F> {
    type Output = F::Output;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        *self.is_running = true;
        let polled = Pin::new(&mut self.cleanup).poll(context);
        if polled.is_pending() {
            *self.is_running = false;
            #[cfg(feature = "tokio")]
            cleanup_is_awaited();
        }
        polled
    }
}
