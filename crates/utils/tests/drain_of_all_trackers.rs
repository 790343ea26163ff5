//! The process-wide `drain` and the trackers of parts of the program: awaited, told by the part's own drain, named when they are late.
#![cfg(feature = "tokio")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_drop_utils::{AsyncDrop, AsyncDropGuard, CleanupTracker, drain};
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(50);

/// Closed after so long.
#[derive(Debug)]
struct Tenant {
    takes: Duration,
    closed: Arc<AtomicUsize>,
}

#[async_trait::async_trait]
impl AsyncDrop for Tenant {
    type Error = String;

    async fn async_drop_impl(&mut self) -> Result<(), String> {
        sleep(self.takes).await;
        self.closed.fetch_add(1, Ordering::Relaxed);
        Err("already closed".to_owned())
    }
}

/// Drops a guard in the tracker's scope.
async fn cut_off(tracker: &CleanupTracker, takes: Duration, closed: &Arc<AtomicUsize>) {
    let closed = Arc::clone(closed);
    let tenant = async { drop(AsyncDropGuard::new_cancel_safe(Tenant { takes, closed })) };
    tracker.scope(tenant).await;
}

fn runtimes() -> [Runtime; 2] {
    let [mut one, mut two] = [Builder::new_current_thread(), Builder::new_multi_thread()];
    [one.enable_all(), two.worker_threads(2).enable_all()].map(|builder| builder.build().unwrap())
}

/// One test: every `drain` of the process would see the trackers of another.
#[test]
fn drain_awaits_the_trackers_of_all_parts_and_leaves_their_ends_to_them() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let closed = Arc::new(AtomicUsize::new(0));
            let tracker = CleanupTracker::new();
            cut_off(&tracker, SHORT, &closed).await;
            let gone = CleanupTracker::new();
            cut_off(&gone, SHORT, &closed).await;
            drop(gone);
            let report = drain(LONG).await;
            assert_eq!(closed.load(Ordering::Relaxed), 2);
            assert!(report.is_clean() && report.finished.is_empty(), "{report}");
            let report = tracker.drain(LONG).await;
            assert_eq!(report.failed.len(), 1, "{report}");

            cut_off(&tracker, LONG, &closed).await;
            let start = Instant::now();
            let report = drain(SHORT).await;
            assert!(start.elapsed() < LONG / 2);
            let [late] = &report.still_running[..] else {
                panic!("{report}");
            };
            assert!(late.type_name().ends_with("::Tenant"));
        });
        // What is left is abandoned.
        drop(runtime);
    }
}
