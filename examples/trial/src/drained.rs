use std::time::Duration;

use async_drop_utils::{DrainReport, drain};

/// Waits up to `deadline` for the library's cleanups, and says whether they have ended until then; one that failed has ended.
pub async fn library_has_drained(deadline: Duration) -> bool {
    has_ended(&drain(deadline).await)
}

/// Says the same of a program that has nothing to wait for.
pub async fn nothing_drains(_: Duration) -> bool {
    true
}

pub(crate) fn has_ended(report: &DrainReport) -> bool {
    report.still_running.is_empty() && report.still_armed.is_empty()
}
