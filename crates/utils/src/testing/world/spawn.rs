use std::fmt::{self, Debug};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use tokio::task::{AbortHandle, JoinHandle};

use super::plan::Injection;
use super::this_world::World;

/// [`tokio::spawn`] of a task that the explorer aborts: before its first poll in one run, at each of its pending awaits in others.
///
/// Tasks are numbered from 1 in the order in which they are spawned. A task that [`tokio::spawn`] started is never aborted by the explorer, since the
/// runtime hands its handle to nobody else. Outside of an exploration it is [`tokio::spawn`].
///
/// # Cancellation
///
/// Dropping the handle detaches the task, as with [`tokio::spawn`].
///
/// # Panics
///
/// Outside of a Tokio runtime.
///
/// # Example
///
/// ```
/// use async_drop_utils::testing::{Explorer, InjectedFault, Ledger, fallible, spawn};
///
/// let leak = Explorer::new()
///     .all(async || {
///         let worker = spawn(async {
///             let entry = Ledger::current().open("connection");
///             let fetched = fallible("fetch").await;
///             entry.close();
///             fetched
///         });
///         let joined = worker.await; // not cancelled here, since the task is its own
///         joined.map_or(Ok(()), |fetched| fetched)
///     })
///     .unwrap_err();
/// assert_eq!(leak.to_string(), "leaks when task #1 is aborted at its await #1\nstill open: connection #1");
/// ```
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    abortable(future, |future| {
        let handle = tokio::spawn(future);
        let abort = handle.abort_handle();
        (handle, abort)
    })
}

/// [`spawn`] for whatever else spawns tasks, such as a `JoinSet`: `start` spawns the future that it is given and returns the abort handle with its result.
///
/// # Example
///
/// ```
/// use async_drop_utils::testing::abortable;
/// use tokio::task::JoinSet;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut workers = JoinSet::new();
/// abortable(async { 1 }, |future| ((), workers.spawn(future)));
/// assert_eq!(workers.join_next().await.unwrap().unwrap(), 1);
/// # });
/// ```
pub fn abortable<F: Future, R>(
    future: F,
    start: impl FnOnce(Abortable<F>) -> (R, AbortHandle),
) -> R {
    let future = Box::pin(future);
    let Some(world) = World::current() else {
        return start(Abortable { future, task: None }).0;
    };
    let (number, aborted_at) = world.task();
    let task = Arc::new(Task {
        world,
        number,
        aborted_at,
        abort: OnceLock::new(),
    });
    let (started, abort) = start(Abortable {
        future,
        task: Some((Arc::clone(&task), 0)),
    });
    // Nobody else sets it.
    let _ = task.abort.set(abort);
    task.abort_at(0);
    started
}

/// A future of a task that the explorer may abort; made by [`abortable`].
///
/// Dropping it drops the future in it.
pub struct Abortable<F> {
    future: Pin<Box<F>>,
    /// With how often it was pending.
    task: Option<(Arc<Task>, usize)>,
}

struct Task {
    world: Arc<World>,
    number: usize,
    aborted_at: Option<usize>,
    abort: OnceLock<AbortHandle>,
}

impl Task {
    fn abort_at(&self, at: usize) {
        if self.aborted_at == Some(at)
            && let Some(abort) = self.abort.get()
        {
            let task = self.number;
            self.world.injected(&Injection::Aborted { task, at });
            abort.abort();
        }
    }
}

impl<F: Future> Future for Abortable<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let polled = self.future.as_mut().poll(context);
        if polled.is_pending()
            && let Some((task, pending)) = &mut self.task
        {
            *pending += 1;
            task.world.task_pending(task.number);
            // Tokio drops the future when this poll has returned.
            task.abort_at(*pending);
        }
        polled
    }
}

impl<F> Debug for Abortable<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Abortable")
    }
}
