use std::pin::pin;

use tokio::sync::Notify;

use super::super::sync::{AtomicUsize, Ordering};

/// How many guards are armed, of one type and place.
pub(crate) struct Count(pub(super) AtomicUsize);

impl Count {
    #[inline]
    pub(crate) fn arm(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// To be called within [`Watch::disarm`].
    #[inline]
    pub(crate) fn disarm(&self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// What guards that are armed no longer tell the drains that wait for it.
pub(crate) struct Watch {
    pub(super) drains: AtomicUsize,
    pub(super) disarmed: Notify,
}

impl Watch {
    /// Has `count` count a guard as armed no longer, and says so.
    #[inline]
    pub(crate) fn disarm(&self, count: impl FnOnce()) {
        count();
        // After the count and, in a drain, before it: one of the two sees what the other has done.
        if self.drains.load(Ordering::SeqCst) > 0 {
            self.disarmed.notify_waiters();
        }
    }

    /// Waits until no guard is armed.
    pub(crate) async fn until_none_is_armed(&self, is_any_armed: impl Fn() -> bool) {
        let _under_way = UnderWay::begin(&self.drains);
        loop {
            let mut disarmed = pin!(self.disarmed.notified());
            disarmed.as_mut().enable();
            if is_any_armed() {
                disarmed.await;
                continue;
            }
            // A task that is in its first poll right now may make one before it sees that it was aborted.
            tokio::task::yield_now().await;
            if !is_any_armed() {
                return;
            }
        }
    }
}

/// Counts a drain that waits.
struct UnderWay<'a>(&'a AtomicUsize);

impl<'a> UnderWay<'a> {
    fn begin(drains: &'a AtomicUsize) -> Self {
        drains.fetch_add(1, Ordering::SeqCst);
        Self(drains)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
