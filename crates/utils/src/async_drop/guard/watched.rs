use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

#[cfg(feature = "tokio")]
use super::super::awaited_cleanup::cleanup_is_awaited;

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
fn noting_panic<R>(has_panicked: &mut bool, run: impl FnOnce() -> R) -> R {
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
