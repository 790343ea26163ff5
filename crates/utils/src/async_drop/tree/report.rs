use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// Reports that a scope no longer waits for what its body handed over.
pub(super) fn limit_has_passed(limit: Duration, still_running: Option<usize>) {
    // A subscriber that panics must not end the task that sees to the cleanups.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        tracing::error!(
            target: "async_drop",
            ?limit,
            still_running,
            "scope went on without the cleanups inside: its limit has passed"
        );
    }));
}
