use std::fmt::{self, Debug};
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use tokio::task::{AbortHandle, JoinHandle, yield_now};

use super::plan::Injection;
use super::this_world::World;

/// [`tokio::spawn`] of a task that the explorer aborts: before its first poll in one run, at each of its pending awaits in others. In
/// the [orders](super::super::Explorer::orders) of tasks, it lets others pass.
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
        task: Some(Progress {
            held_back: task.world.turns_of_task(task.number),
            task: Arc::clone(&task),
            pending: 0,
        }),
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
    task: Option<Progress>,
}

struct Progress {
    task: Arc<Task>,
    /// How often it was pending.
    pending: usize,
    /// For how many turns it still lets other tasks pass.
    held_back: u8,
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

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        if let Some(progress) = &mut this.task
            && progress.held_back > 0
        {
            progress.held_back -= 1;
            // Woken behind all others that are awake.
            let _ = pin!(yield_now()).poll(context);
            return Poll::Pending;
        }
        let polled = this.future.as_mut().poll(context);
        if polled.is_pending()
            && let Some(progress) = &mut this.task
        {
            let task = &progress.task;
            progress.pending += 1;
            task.world.task_pending(task.number);
            // Tokio drops the future when this poll has returned.
            task.abort_at(progress.pending);
            progress.held_back = task.world.turns_of_task(task.number);
        }
        polled
    }
}

impl<F> Debug for Abortable<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Abortable")
    }
}
