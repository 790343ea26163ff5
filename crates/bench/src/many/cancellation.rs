//! Many tasks that are aborted while each holds a value.

use std::future::pending;
use std::time::{Duration, Instant};

use async_drop_utils::{AsyncDropGuard, drain};
use tokio::task::{JoinSet, yield_now};
use tokio_util::task::TaskTracker;

use super::current_thread;
use crate::resource::{Resource, boxed_close};

const TASKS: usize = 10_000;

pub(super) fn guards(times: u64) -> Duration {
    current_thread().block_on(async {
        let mut spent = Duration::ZERO;
        for _ in 0..times {
            let tasks = tasks_that_hold(|| AsyncDropGuard::new_cancel_safe(Resource::open())).await;
            let start = Instant::now();
            abort(tasks).await;
            let report = drain(Duration::from_secs(60)).await;
            spent += start.elapsed();
            assert!(report.is_clean(), "{report:?}");
        }
        spent
    })
}

pub(super) fn by_hand(times: u64) -> Duration {
    current_thread().block_on(async {
        let mut spent = Duration::ZERO;
        for _ in 0..times {
            let tracker = TaskTracker::new();
            let tasks = tasks_that_hold(|| SpawnsItsCleanup {
                resource: Some(Resource::open()),
                tracker: tracker.clone(),
            })
            .await;
            let start = Instant::now();
            abort(tasks).await;
            tracker.close();
            tracker.wait().await;
            spent += start.elapsed();
        }
        spent
    })
}

/// What one writes without a guard: no order, no report, no deadline.
struct SpawnsItsCleanup {
    resource: Option<Resource>,
    tracker: TaskTracker,
}

impl Drop for SpawnsItsCleanup {
    fn drop(&mut self) {
        if let Some(mut resource) = self.resource.take() {
            self.tracker.spawn(async move {
                let Ok(()) = boxed_close(&mut resource).await;
            });
        }
    }
}

async fn tasks_that_hold<T: Send + 'static>(make: impl Fn() -> T) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let held = make();
        tasks.spawn(async move {
            let _held = held;
            pending::<()>().await;
        });
    }
    // All tasks are in the queue before this one, and wait when it comes back.
    yield_now().await;
    tasks
}

async fn abort(mut tasks: JoinSet<()>) {
    tasks.abort_all();
    while tasks.join_next().await.is_some() {}
}
