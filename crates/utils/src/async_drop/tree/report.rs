use std::time::Duration;

use super::super::guard::contained;

/// Reports that a scope no longer waits for what its body handed over.
pub(super) fn limit_has_passed(limit: Duration, still_running: Option<usize>) {
    // A subscriber that panics must not end the task that sees to the cleanups.
    contained(|| {
        tracing::error!(
            target: "async_drop",
            ?limit,
            still_running,
            "scope went on without the cleanups inside: its limit has passed"
        );
    });
}
