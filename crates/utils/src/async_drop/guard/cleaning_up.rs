use std::fmt::Debug;
use std::mem;
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
    pub(super) has_panicked: bool,
}

impl<'a, T: Debug> CleaningUp<'a, T> {
    #[inline]
    pub(super) fn begin(guard: &'a mut AsyncDropGuard<T>) -> Self {
        Self {
            guard,
            has_panicked: false,
        }
    }
}

impl<T: Debug> Drop for CleaningUp<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.has_panicked {
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

/// Notes that it was dropped, as a panic does.
struct OnPanic<'a>(&'a mut bool);

impl Drop for OnPanic<'_> {
    #[inline]
    fn drop(&mut self) {
        *self.0 = true;
    }
}

/// Runs what may panic, and notes that it did.
#[inline]
pub(super) fn noting_panic<R>(has_panicked: &mut bool, run: impl FnOnce() -> R) -> R {
    let on_panic = OnPanic(has_panicked);
    let result = run();
    mem::forget(on_panic);
    result
}

/// A cleanup, which notes it when it has to be awaited, and when it panics.
pub(super) struct Watched<'a, F> {
    cleanup: F,
    has_panicked: &'a mut bool,
}

#[inline]
pub(super) fn watched<F: Future + Unpin>(
    call: impl FnOnce() -> F,
    has_panicked: &mut bool,
) -> Watched<'_, F> {
    Watched {
        cleanup: noting_panic(has_panicked, call),
        has_panicked,
    }
}

impl<F: Future + Unpin> Future for Watched<'_, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        let polled = noting_panic(this.has_panicked, || {
            Pin::new(&mut this.cleanup).poll(context)
        });
        #[cfg(feature = "tokio")]
        if polled.is_pending() {
            cleanup_is_awaited();
        }
        polled
    }
}
