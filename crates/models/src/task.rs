//! Stands for `tokio::task` and `tokio_util::task`.

use std::cell::Cell;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use loom::sync::Mutex;

use crate::runtime::Handle;

loom::thread_local! {
    static CURRENT: Cell<Option<Id>> = Cell::new(None);
}

/// Which task it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Id(usize);

/// The task that this thread stands for.
pub fn try_id() -> Option<Id> {
    CURRENT.with(Cell::get)
}

/// Lets this thread stand for the task with this number.
pub fn be_task(number: usize) {
    CURRENT.with(|current| current.set(Some(Id(number))));
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

    /// Spawns a task that is counted from now on.
    pub fn spawn_on(&self, task: impl Future<Output = ()> + Send + 'static, handle: &Handle) {
        let token = self.token();
        handle.spawn(async move {
            // Counted until the task itself has been dropped, finished or not.
            let tracked = Tracked {
                task: Box::pin(task),
                _token: token,
            };
            tracked.await;
        });
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

struct Tracked<F> {
    task: std::pin::Pin<Box<F>>,
    _token: TaskTrackerToken,
}

impl<F: Future<Output = ()>> Future for Tracked<F> {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.task.as_mut().poll(context)
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
