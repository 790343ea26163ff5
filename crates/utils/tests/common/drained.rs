//! Guards that are dropped armed, in tests that need the feature `tokio`.

use std::time::Duration;

use async_drop_utils::{CleanupTask, CleanupTracker};

/// Awaits `drops`, then the cleanup tasks that it hands over to; none may fail, nor run for more than a minute.
pub async fn drained<R>(drops: impl Future<Output = R>) -> Vec<CleanupTask> {
    let tracker = CleanupTracker::new();
    tracker.scope(drops).await;
    let report = tracker.drain(Duration::from_secs(60)).await;
    assert!(report.is_clean(), "{report}");
    report.finished
}
