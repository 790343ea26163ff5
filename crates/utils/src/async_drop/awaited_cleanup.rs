//! Whether what is polled waits for a cleanup, as work that must not be dropped before its last one does.

use std::cell::Cell;

thread_local! {
    static IS_AWAITED: Cell<bool> = const { Cell::new(false) };
}

/// Notes that what is polled on this thread waits for a cleanup.
#[inline]
pub(crate) fn cleanup_is_awaited() {
    IS_AWAITED.set(true);
}

/// Sees whether what is polled meanwhile ends up waiting for a cleanup.
pub(crate) struct AwaitedCleanup {
    outer: bool,
}

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
