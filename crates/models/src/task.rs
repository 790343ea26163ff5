//! Stands for `tokio::task` and `tokio_util::task`.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use loom::sync::Mutex;

/// Where tokio-util has the tracker's token.
pub mod task_tracker {
    pub use super::{TaskTracker, TaskTrackerToken};
}

/// Lets the other threads go on.
pub async fn yield_now() {
    let mut has_yielded = false;
    std::future::poll_fn(|context| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        loom::thread::yield_now();
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Counts tasks, and wakes who waits when the last one has ended.
#[derive(Debug, Default, Clone)]
pub struct TaskTracker {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    tasks: usize,
    closed: bool,
    waiting: Vec<Waker>,
}

impl TaskTracker {
    /// Without tasks, and open.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets `wait` return when there are no tasks.
    pub fn close(&self) {
        self.state.lock().unwrap().closed = true;
    }

    /// Counts as a task until it is dropped.
    pub fn token(&self) -> TaskTrackerToken {
        self.state.lock().unwrap().tasks += 1;
        TaskTrackerToken {
            tracker: self.clone(),
        }
    }

    /// Returns when there are no tasks and the tracker is closed.
    pub async fn wait(&self) {
        std::future::poll_fn(|context| self.poll_wait(context)).await;
    }

    fn poll_wait(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.state.lock().unwrap();
        if state.closed && state.tasks == 0 {
            return Poll::Ready(());
        }
        state.waiting.push(context.waker().clone());
        Poll::Pending
    }
}

/// A task, as far as the tracker knows.
#[derive(Debug)]
pub struct TaskTrackerToken {
    tracker: TaskTracker,
}

impl Drop for TaskTrackerToken {
    fn drop(&mut self) {
        let mut state = self.tracker.state.lock().unwrap();
        state.tasks -= 1;
        let waiting = if state.tasks == 0 {
            std::mem::take(&mut state.waiting)
        } else {
            Vec::new()
        };
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}
