//! A cleanup on its way to a task, as far as the tracker looks at it: it is run, or it is dropped.

use std::sync::{Arc, Mutex, PoisonError};

use loom::future::block_on;

use crate::runtime::Handle;
use crate::task::be_task;

use super::task::CleanupTask;
use super::tracker::CleanupTracker;
use super::worker::hand_over;

/// What became of the cleanups of one run of a model, by their numbers, in order.
#[derive(Clone, Default)]
pub(crate) struct Books(Arc<Mutex<Written>>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) run: Vec<usize>,
    pub(crate) forgotten: Vec<usize>,
}

impl Books {
    pub(crate) fn read(&self) -> Written {
        self.lock().clone()
    }

    // No lock of loom's: what a model checks should not order what it checks.
    fn lock(&self) -> std::sync::MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops that many guards armed, one after the other, as the task with this number.
    pub(crate) fn drop_guards(
        &self,
        tracker: &CleanupTracker,
        handle: Handle,
        task: usize,
        numbers: impl IntoIterator<Item = usize>,
    ) {
        handle.enter();
        be_task(task);
        block_on(tracker.scope(async {
            for number in numbers {
                hand_over(HandedOver {
                    task: CleanupTask { number },
                    pending_polls: 0,
                    books: self.clone(),
                    run: false,
                });
            }
        }));
    }

    /// Drops one guard whose cleanup returns pending once, as the task with this number.
    pub(crate) fn drop_guard_of_slow_cleanup(
        &self,
        tracker: &CleanupTracker,
        handle: Handle,
        task: usize,
        number: usize,
    ) {
        handle.enter();
        be_task(task);
        block_on(tracker.scope(async {
            hand_over(HandedOver {
                task: CleanupTask { number },
                pending_polls: 1,
                books: self.clone(),
                run: false,
            });
        }));
    }
}

pub(crate) struct HandedOver {
    pub(crate) task: CleanupTask,
    pending_polls: usize,
    books: Books,
    run: bool,
}

impl HandedOver {
    pub(crate) async fn run(mut self) -> Result<(), String> {
        for _ in 0..self.pending_polls {
            yield_once().await;
        }
        self.run = true;
        self.books.lock().run.push(self.task.number);
        Ok(())
    }
}

impl Drop for HandedOver {
    fn drop(&mut self) {
        if !self.run {
            self.books.lock().forgotten.push(self.task.number);
        }
    }
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if yielded {
            return std::task::Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
