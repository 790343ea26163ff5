use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

/// After this many waits, what is left is a task that ticks for ever; it would make each run take seconds.
pub(super) const MAX_WAITS: usize = 10_000;

/// Short enough to notice soon that [`MAX_WAITS`] is exceeded.
const LONGEST_STEP: Duration = Duration::from_secs(10);

/// Lets spawned tasks, blocking ones and timers do their work until no task is left or a bound is reached.
///
/// `waits` counts how often the runtime has had nothing to do but to wait.
pub(super) async fn settle(limit: Duration, waits: &AtomicUsize) {
    let metrics = Handle::current().metrics();
    let start = Instant::now();
    let waited_before = waits.load(Ordering::Relaxed);
    let mut step = Duration::from_millis(1);
    loop {
        // A paused clock moves on only when nothing else can run, and waits for blocking threads.
        sleep(step).await;
        let left = limit.saturating_sub(start.elapsed());
        let waited = waits.load(Ordering::Relaxed) - waited_before;
        if metrics.num_alive_tasks() == 0 || left.is_zero() || waited > MAX_WAITS {
            return;
        }
        step = (step * 2).min(LONGEST_STEP).min(left);
    }
}
