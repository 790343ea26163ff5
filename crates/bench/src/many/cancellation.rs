//! Many values whose futures are dropped: in tasks that are aborted, in scopes side by side, and bare in one go.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use async_drop_utils::{AsyncDropGuard, drain, with_async_drop};
use tokio::task::{JoinSet, yield_now};
use tokio_util::task::TaskTracker;

use super::current_thread;
use crate::resource::{Resource, boxed_close};

const MANY: usize = 10_000;

pub(super) fn guards_in_tasks(times: u64) -> Duration {
    guarded(times, async || {
        tasks_that_hold(|| AsyncDropGuard::new_cancel_safe(Resource::open())).await
    })
}

pub(super) fn by_hand_in_tasks(times: u64) -> Duration {
    by_hand(times, async |tracker| {
        tasks_that_hold(|| SpawnsItsCleanup::new(tracker)).await
    })
}

pub(super) fn scopes(times: u64) -> Duration {
    guarded(times, async || {
        let scope = || async {
            let resource = AsyncDropGuard::new(Resource::open());
            let _: Result<(), Infallible> = with_async_drop!(resource, { pending().await });
        };
        futures_that_wait(scope).await
    })
}

pub(super) fn by_hand_in_scopes(times: u64) -> Duration {
    by_hand(times, async |tracker| {
        let scope = || {
            let resource = SpawnsItsCleanup::new(tracker);
            async {
                let _resource = resource;
                pending::<()>().await;
            }
        };
        futures_that_wait(scope).await
    })
}

pub(super) fn bare_guards(times: u64) -> Duration {
    guarded(times, async || {
        many(|| AsyncDropGuard::new_cancel_safe(Resource::open()))
    })
}

pub(super) fn by_hand_bare(times: u64) -> Duration {
    by_hand(times, async |tracker| {
        many(|| SpawnsItsCleanup::new(tracker))
    })
}

/// Times from before what `hold` gives is cancelled until `drain` returns.
fn guarded<H: Cancel>(times: u64, hold: impl AsyncFn() -> H) -> Duration {
    current_thread().block_on(async {
        let mut spent = Duration::ZERO;
        for _ in 0..times {
            let held = hold().await;
            let start = Instant::now();
            held.cancel().await;
            let report = drain(Duration::from_secs(60)).await;
            spent += start.elapsed();
            assert!(report.is_clean(), "{report:?}");
            assert_eq!(report.finished.len(), MANY);
        }
        spent
    })
}

/// Times from before what `hold` gives is cancelled until the tracker's tasks have ended.
fn by_hand<H: Cancel>(times: u64, hold: impl AsyncFn(&TaskTracker) -> H) -> Duration {
    current_thread().block_on(async {
        let mut spent = Duration::ZERO;
        for _ in 0..times {
            let tracker = TaskTracker::new();
            let held = hold(&tracker).await;
            let start = Instant::now();
            held.cancel().await;
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

impl SpawnsItsCleanup {
    fn new(tracker: &TaskTracker) -> Self {
        Self {
            resource: Some(Resource::open()),
            tracker: tracker.clone(),
        }
    }
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

trait Cancel {
    async fn cancel(self);
}

impl Cancel for JoinSet<()> {
    async fn cancel(mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }
}

impl<T> Cancel for Vec<T> {
    async fn cancel(self) {
        drop(self);
    }
}

async fn tasks_that_hold<T: Send + 'static>(make: impl Fn() -> T) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..MANY {
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

async fn futures_that_wait<F: Future>(make: impl Fn() -> F) -> Vec<Pin<Box<F>>> {
    let mut futures = many(|| Box::pin(make()));
    poll_fn(|context| {
        for future in &mut futures {
            assert!(future.as_mut().poll(context).is_pending());
        }
        Poll::Ready(())
    })
    .await;
    futures
}

fn many<T>(make: impl Fn() -> T) -> Vec<T> {
    (0..MANY).map(|_| make()).collect()
}
