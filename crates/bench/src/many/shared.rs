//! Many tasks that wait for one future, whose output the last of them cleans up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_drop_utils::{AsyncDropGuard, AsyncDropShared};
use futures_util::FutureExt;
use tokio::sync::oneshot;
use tokio::task::{JoinSet, yield_now};

use super::current_thread;
use crate::resource::{Resource, boxed_close};

const TASKS: usize = 10_000;

pub(super) fn guarded(times: u64) -> Duration {
    current_thread().block_on(async {
        let mut spent = Duration::ZERO;
        for _ in 0..times {
            let (ready, is_ready) = oneshot::channel();
            let mut first = AsyncDropShared::new(async move {
                is_ready.await.expect("it is sent");
                AsyncDropGuard::new(Resource::open())
            });
            let mut tasks = JoinSet::new();
            for _ in 0..TASKS {
                let mut shared = AsyncDropShared::clone(&first);
                tasks.spawn(async move {
                    let mut resource = (&mut *shared).await;
                    let Ok(()) = resource.async_drop().await;
                    let Ok(()) = shared.async_drop().await;
                });
            }
            let Ok(()) = first.async_drop().await;
            spent += time_from_ready(ready, tasks).await;
        }
        spent
    })
}

pub(super) fn by_hand(times: u64) -> Duration {
    current_thread().block_on(async {
        let mut spent = Duration::ZERO;
        for _ in 0..times {
            let (ready, is_ready) = oneshot::channel();
            let first = async move {
                is_ready.await.expect("it is sent");
                Arc::new(Resource::open())
            }
            .shared();
            let mut tasks = JoinSet::new();
            for _ in 0..TASKS {
                let shared = first.clone();
                tasks.spawn(async move {
                    if let Some(mut resource) = Arc::into_inner(shared.await) {
                        let Ok(()) = boxed_close(&mut resource).await;
                    }
                });
            }
            drop(first);
            spent += time_from_ready(ready, tasks).await;
        }
        spent
    })
}

async fn time_from_ready(ready: oneshot::Sender<()>, mut tasks: JoinSet<()>) -> Duration {
    // All tasks are in the queue before this one, and wait when it comes back.
    yield_now().await;
    let start = Instant::now();
    ready.send(()).expect("the tasks wait for it");
    while let Some(ended) = tasks.join_next().await {
        ended.expect("no task panics");
    }
    start.elapsed()
}
