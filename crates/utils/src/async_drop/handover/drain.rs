use std::time::Duration;

use super::armed::{armed_guards, none_is_armed};
use super::drain_report::DrainReport;
use super::tracker::{CleanupTracker, process_wide};

/// Awaits all that is to be cleaned up in the process, at most until `deadline` has passed, and says how each cleanup has ended since
/// the last drain.
///
/// It waits for the cleanup tasks of the process-wide tracker and of each [`CleanupTracker`](crate::CleanupTracker) of your own, whose
/// [own drain](crate::CleanupTracker::drain) tells how its tasks ended, and until no cancel-safe guard is armed anywhere: a task that was aborted still holds
/// its guards until the runtime drops it. What still runs or is armed at the deadline stands in the report, by type and place.
///
/// Of the cleanups that end while no drain is under way, the latest 1,000 finished and the latest 1,000 failed ones are kept. A task
/// without guards is not awaited: await its handle. [`run_until`](crate::run_until), and with the feature `signal` `run_to_end`, call
/// this behind the work of a program.
///
/// Call it last in `main`, after everything that could be cancelled has been: what is still running when the runtime
/// shuts down is lost. Drop or clean up your own guards first, since it waits for those, too. It returns at its deadline also when
/// cleanups never await: between them, a cleanup task lets others run.
///
/// # Cancellation
///
/// Dropping the future stops the waiting, not the cleanup tasks. What has ended is left to the next drain.
///
/// # Panics
///
/// On a runtime whose time driver is off, as [`tokio::time::timeout`] does.
///
/// # Example
///
/// ```standalone_crate
/// use std::time::Duration;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let report = async_drop_utils::drain(Duration::from_secs(10)).await;
/// assert!(report.is_clean(), "{report}");
/// # });
/// ```
pub async fn drain(deadline: Duration) -> DrainReport {
    let process = process_wide();
    match process
        .drain_after(deadline, || nothing_is_left(&process))
        .await
    {
        Ok(report) => report,
        Err(mut report) => {
            let parts = process.busy_parts();
            let of_parts = parts.iter().flat_map(CleanupTracker::still_running);
            report.still_running.extend(of_parts);
            report.still_armed = armed_guards();
            report
        }
    }
}

/// Waits until no guard is armed, and no part of the program has cleanup tasks.
async fn nothing_is_left(process: &CleanupTracker) {
    loop {
        none_is_armed().await;
        let busy = process.busy_parts();
        if busy.is_empty() {
            return;
        }
        for part in busy {
            part.wait().await;
        }
    }
}
