//! Whether what is polled waits for a cleanup, as work that must not be dropped before its last one does.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;

thread_local! {
    static IS_AWAITED: Cell<bool> = const { Cell::new(false) };
}

/// Notes that what is polled on this thread waits for a cleanup.
#[inline]
pub(crate) fn cleanup_is_awaited() {
    IS_AWAITED.set(true);
}

/// Awaits cleanups of which a poll may reach none, as only those that were woken are polled.
pub(crate) async fn await_cleanups<F: Future>(cleanups: F) -> F::Output {
    let mut cleanups = pin!(cleanups);
    poll_fn(|context| {
        let polled = cleanups.as_mut().poll(context);
        if polled.is_pending() {
            cleanup_is_awaited();
        }
        polled
    })
    .await
}

/// Sees whether what is polled meanwhile ends up waiting for a cleanup.
#[cfg(feature = "tokio")]
pub(crate) struct AwaitedCleanup {
    outer: bool,
}

#[cfg(feature = "tokio")]
impl AwaitedCleanup {
    pub(crate) fn watch() -> Self {
        Self {
            outer: IS_AWAITED.replace(false),
        }
    }

    /// Says whether it does.
    pub(crate) fn end(self) -> bool {
        let is_seen = IS_AWAITED.get();
        // Whoever polls this waits for the same cleanup.
        IS_AWAITED.set(is_seen || self.outer);
        is_seen
    }
}
