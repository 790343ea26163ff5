//! Owners of one value that come and go in eight tasks.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_drop_utils::{AsyncDropArc, AsyncDropGuard};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::resource::Resource;

const TASKS: usize = 8;
const CLONES: usize = 10_000;

pub(super) fn guarded(times: u64) -> Duration {
    run(times, async || {
        let mut first = AsyncDropArc::new(AsyncDropGuard::new(Resource::open()));
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            let mut mine = AsyncDropArc::clone(&first);
            tasks.spawn(async move {
                for _ in 0..CLONES {
                    let mut clone = AsyncDropArc::clone(&mine);
                    black_box(&clone);
                    let Ok(()) = clone.async_drop().await;
                }
                let Ok(()) = mine.async_drop().await;
            });
        }
        join(tasks).await;
        let Ok(()) = first.async_drop().await;
    })
}

pub(super) fn by_hand(times: u64) -> Duration {
    run(times, async || {
        let first = Arc::new(Resource::open());
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            let mine = Arc::clone(&first);
            tasks.spawn(async move {
                for _ in 0..CLONES {
                    let clone = Arc::clone(&mine);
                    black_box(&clone);
                    boxed_let_go(clone).await;
                }
            });
        }
        join(tasks).await;
        let last = Arc::into_inner(first);
        let Ok(()) = last.expect("all others are gone").close().await;
    })
}

fn boxed_let_go(owner: Arc<Resource>) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        if let Some(mut resource) = Arc::into_inner(owner) {
            let Ok(()) = resource.close().await;
        }
    })
}

fn run(times: u64, once: impl AsyncFn()) -> Duration {
    let runtime = Runtime::new().expect("a runtime can be built");
    runtime.block_on(async {
        let start = Instant::now();
        for _ in 0..times {
            once().await;
        }
        start.elapsed()
    })
}

async fn join(mut tasks: JoinSet<()>) {
    while let Some(ended) = tasks.join_next().await {
        ended.expect("no task panics");
    }
}
