//! The library's room `handover`, with a cleanup that stands for the library's own.

use std::time::Duration;

use crate::sync::{AtomicUsize, Notify};

pub(crate) mod armed;
#[path = "../../utils/src/async_drop/handover/drain_report.rs"]
pub(crate) mod drain_report;
#[path = "../../utils/src/async_drop/handover/ends.rs"]
mod ends;
pub(crate) mod handed_over;
pub(crate) mod task;
#[allow(dead_code, reason = "the models use a part of it")]
#[allow(unexpected_cfgs, reason = "the feature `testing` is the library's")]
#[path = "../../utils/src/async_drop/handover/tracker.rs"]
pub(crate) mod tracker;
#[path = "../../utils/src/async_drop/handover/watch.rs"]
pub(crate) mod watch;

/// The counts of armed guards of two types, and the drains that watch them.
#[derive(Clone)]
pub(crate) struct Armed(std::sync::Arc<(watch::Watch, [watch::Count; 2])>);

impl Armed {
    /// One guard of the second type.
    pub(crate) fn one() -> Self {
        let watch = watch::Watch {
            drains: AtomicUsize::new(0),
            disarmed: Notify::default(),
        };
        let counts = [0, 1].map(|count| watch::Count(AtomicUsize::new(count)));
        Self(std::sync::Arc::new((watch, counts)))
    }

    pub(crate) fn arm(&self, kind: usize) {
        self.0.1[kind].arm();
    }

    pub(crate) fn disarm(&self, kind: usize) {
        self.0.0.disarm(|| self.0.1[kind].disarm());
    }

    pub(crate) async fn none(&self) {
        let is_any_armed = || self.0.1.iter().any(|count| count.get() > 0);
        self.0.0.until_none_is_armed(is_any_armed).await;
    }
}

/// Stands for the library's `drain`.
pub(crate) async fn drain(
    tracker: &tracker::CleanupTracker,
    armed: &Armed,
) -> drain_report::DrainReport {
    let drained = tracker.drain_after(Duration::MAX, || armed.none()).await;
    drained.expect("its deadline never passes")
}
