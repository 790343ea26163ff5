use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::future::poll_fn;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::task::{JoinError, JoinSet};

use super::super::guard::{AsyncDrop, AsyncDropGuard, Origin, UnreturnedError, report};
use super::super::handover::innermost_scope;
use super::super::tree::{self, AdoptedBy, InnerEnded, Pending};
use super::arc::AsyncDropArc;

/// Runs tasks that share a guarded value, ends them all at the first error, and cleans the value up after the last.
///
/// Use it inside [`with_async_drop!`](crate::with_async_drop!), which ends the group on every exit: [`spawn`](Self::spawn) the tasks, then
/// await [`join_all`](Self::join_all), or [`join_next`](Self::join_next) in a loop. Each task gets an owner of the value. It may drop this
/// owner in any way, cleaned up or not: the value's own cleanup waits until all tasks have ended.
///
/// Take [`AsyncDropArc`](crate::AsyncDropArc) and tasks of your own when these outlive the code that spawns them, and `join!` or
/// [`open_all`](crate::open_all) when the work need not leave the task. A task's result is dropped when another task fails: let
/// `R` be plain data, and no guard.
///
/// # Dropping
///
/// The group's guard is cancel-safe, and so is the value's inside it: dropped armed, the whole group moves to a cleanup task, which ends
/// the tasks, waits for them and cleans the value up.
///
/// # Cancellation
///
/// When `async_drop` is cancelled half-way, the group is as armed as before, and the next call goes on. Tasks are ended where they stand,
/// at an `await`: what they hold beside the owner has to be cancel-safe. Cleanup that they hand over goes to the tracker in whose
/// [scope](crate::CleanupTracker::scope) they were spawned.
///
/// # Errors
///
/// What the value's cleanup fails with. An error of a task that nobody has asked for is reported, and so is a panic.
///
/// # Example
///
/// ```
/// use std::io;
///
/// use async_drop_utils::{AsyncDropGuard, AsyncDropTaskGroup, with_async_drop};
/// # use async_drop_utils::AsyncDrop;
/// # #[derive(Debug)]
/// # struct Pool;
/// # impl Pool {
/// #     async fn open() -> io::Result<AsyncDropGuard<Self>> { Ok(AsyncDropGuard::new(Self)) }
/// #     async fn fetch(&self, key: &str) -> io::Result<usize> { Ok(key.len()) }
/// # }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Pool {
/// #     type Error = io::Error;
/// #     async fn async_drop_impl(&mut self) -> io::Result<()> { Ok(()) }
/// # }
///
/// async fn total_length(keys: &[&'static str]) -> io::Result<usize> {
///     let group = AsyncDropTaskGroup::new(Pool::open().await?);
///     with_async_drop!(group, {
///         for key in keys.iter().copied() {
///             group.spawn(async move |pool| pool.fetch(key).await);
///         }
///         let lengths = group.join_all().await?; // at the first error, ends the other tasks
///         Ok(lengths.iter().sum())
///     }) // closes the pool, when no task uses it any longer
/// }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # assert_eq!(total_length(&["a", "bc"]).await?, 3);
/// # io::Result::Ok(()) }).unwrap();
/// ```
pub struct AsyncDropTaskGroup<T, R, E>
where
    T: AsyncDrop + Debug + Send + Sync + 'static,
    R: Send + 'static,
    E: Debug + Send + 'static,
{
    value: AsyncDropGuard<AsyncDropArc<T>>,
    tasks: JoinSet<(usize, Result<R, E>)>,
    spawned: usize,
    /// Whether the group itself has aborted the tasks that are left.
    is_ending: bool,
    /// Of a `join_all` that was cancelled, by the number of the task.
    results: BTreeMap<usize, R>,
    /// Of a `join_all` that was cancelled while it ended the other tasks.
    first_error: Option<UnreturnedError<E>>,
    first_panic: Option<UnreturnedError<JoinError>>,
    /// What the tasks have handed over.
    pending: Arc<Pending>,
    origin: Origin,
}

impl<T, R, E> AsyncDropTaskGroup<T, R, E>
where
    T: AsyncDrop + Debug + Send + Sync + 'static,
    R: Send + 'static,
    E: Debug + Send + 'static,
{
    /// Makes a group without tasks, under a cancel-safe guard.
    ///
    /// # Example
    ///
    /// See [`AsyncDropTaskGroup`].
    #[track_caller]
    pub fn new(guard: AsyncDropGuard<T>) -> AsyncDropGuard<Self> {
        AsyncDropGuard::new_cancel_safe(Self {
            // Tasks drop their owners as they are; only a cancel-safe value allows that.
            value: AsyncDropArc::new(guard.cancel_safe()),
            tasks: JoinSet::new(),
            spawned: 0,
            is_ending: false,
            results: BTreeMap::new(),
            first_error: None,
            first_panic: None,
            pending: Arc::default(),
            origin: Origin::caller(),
        })
    }

    /// Starts a task, which gets an owner of the value.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime, as [`tokio::spawn`] does.
    ///
    /// # Example
    ///
    /// See [`AsyncDropTaskGroup`].
    #[track_caller]
    pub fn spawn<F, Fut>(&mut self, task: F)
    where
        F: FnOnce(AsyncDropGuard<AsyncDropArc<T>>) -> Fut,
        Fut: Future<Output = Result<R, E>> + Send + 'static,
    {
        let number = self.spawned;
        self.spawned += 1;
        let running = task(AsyncDropArc::clone(&self.value));
        let numbered = async move { (number, running.await) };
        match innermost_scope() {
            Some(tracker) => self.spawn_adopted(tracker.scope(numbered)),
            None => self.spawn_adopted(numbered),
        }
    }

    /// Waits until all tasks have ended, and gives their results in the order in which they were spawned.
    ///
    /// When a task fails, the others are ended; it returns when the last one has.
    ///
    /// # Cancellation
    ///
    /// When it is cancelled, the tasks go on, and the next `join_all` gives what this one has not: no result and no error is lost.
    ///
    /// # Errors
    ///
    /// The error of the first task that is seen to fail. Each further one is reported.
    ///
    /// # Panics
    ///
    /// If a task does, with its panic, once the other tasks have ended; or if the runtime that a task ran on has shut down.
    ///
    /// # Example
    ///
    /// See [`AsyncDropTaskGroup`].
    pub async fn join_all(&mut self) -> Result<Vec<R>, E> {
        while let Some(ended) = self.tasks.join_next().await {
            match ended {
                Ok((number, Ok(result))) => {
                    self.results.insert(number, result);
                }
                Ok((_, Err(error))) => {
                    self.end_all();
                    let error = self.unreturned(error);
                    self.first_error.get_or_insert(error);
                }
                Err(aborted) if aborted.is_cancelled() && self.is_ending => {}
                Err(panicked) => {
                    self.end_all();
                    let panicked = self.unreturned(panicked);
                    self.first_panic.get_or_insert(panicked);
                }
            }
        }
        self.is_ending = false;
        let results = std::mem::take(&mut self.results);
        if let Some(panicked) = self.first_panic.take() {
            go_on_panicking(panicked.into_error());
        }
        match self.first_error.take() {
            Some(error) => Err(error.into_error()),
            None => Ok(results.into_values().collect()),
        }
    }

    /// Waits until a task has ended, and gives its result; `None` when there is no task.
    ///
    /// The other tasks go on also when it failed. With `?` on the result, [`with_async_drop!`](crate::with_async_drop!) ends them.
    ///
    /// # Cancellation
    ///
    /// When it is cancelled, nothing is lost: the next call gives the result.
    ///
    /// # Panics
    ///
    /// If the task does, with its panic; or if the runtime that it ran on has shut down.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::io;
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropTaskGroup, with_async_drop};
    /// # #[derive(Debug)]
    /// # struct Pool;
    /// # impl Pool { async fn fetch(&self, key: &str) -> io::Result<usize> { Ok(key.len()) } }
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Pool {
    /// #     type Error = io::Error;
    /// #     async fn async_drop_impl(&mut self) -> io::Result<()> { Ok(()) }
    /// # }
    /// # async fn fetched() -> io::Result<usize> {
    /// # let pool = AsyncDropGuard::new(Pool);
    /// let group = AsyncDropTaskGroup::new(pool);
    /// with_async_drop!(group, {
    ///     let mut total = 0;
    ///     for key in ["a", "bc", "def"] {
    ///         if group.len() == 2 {
    ///             // At most two at a time.
    ///             total += group.join_next().await.unwrap_or(Ok(0))?;
    ///         }
    ///         group.spawn(async move |pool| pool.fetch(key).await);
    ///     }
    ///     while let Some(length) = group.join_next().await {
    ///         total += length?;
    ///     }
    ///     Ok(total)
    /// })
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # assert_eq!(fetched().await.unwrap(), 6);
    /// # });
    /// ```
    pub async fn join_next(&mut self) -> Option<Result<R, E>> {
        if let Some(panicked) = self.first_panic.take() {
            go_on_panicking(panicked.into_error());
        }
        if let Some((_, result)) = self.results.pop_first() {
            return Some(Ok(result));
        }
        if let Some(error) = self.first_error.take() {
            return Some(Err(error.into_error()));
        }
        while let Some(ended) = self.tasks.join_next().await {
            match ended {
                Ok((_, result)) => return Some(result),
                Err(aborted) if aborted.is_cancelled() && self.is_ending => {}
                Err(panicked) => go_on_panicking(panicked),
            }
        }
        self.is_ending = false;
        None
    }

    /// Borrows the group's own owner of the value.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropTaskGroup};
    /// # #[derive(Debug)]
    /// # struct Pool { size: usize }
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Pool {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # let pool = AsyncDropGuard::new(Pool { size: 4 });
    /// let mut group: AsyncDropGuard<AsyncDropTaskGroup<Pool, (), std::io::Error>> =
    ///     AsyncDropTaskGroup::new(pool);
    /// assert_eq!(group.value().size, 4);
    /// # group.async_drop().await.unwrap();
    /// # });
    /// ```
    pub fn value(&self) -> &AsyncDropGuard<AsyncDropArc<T>> {
        &self.value
    }

    /// Counts the tasks whose end has not been waited for.
    ///
    /// # Example
    ///
    /// See [`join_next`](Self::join_next).
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Says whether there is no task whose end has not been waited for.
    ///
    /// # Example
    ///
    /// See [`len`](Self::len).
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    fn spawn_adopted(
        &mut self,
        numbered: impl Future<Output = (usize, Result<R, E>)> + Send + 'static,
    ) {
        self.tasks.spawn(AdoptedBy::new(&self.pending, numbered));
    }

    fn end_all(&mut self) {
        self.is_ending = true;
        self.tasks.abort_all();
    }

    fn unreturned<F: Debug>(&self, error: F) -> UnreturnedError<F> {
        UnreturnedError::new(error, report::task_failed::<T>, self.origin)
    }
}

/// Goes on with the panic of a task, or panics because the task was not let to its end.
fn go_on_panicking(error: JoinError) -> ! {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(cancelled) => panic!("the runtime of a task has shut down: {cancelled}"),
    }
}

#[async_trait]
impl<T, R, E> AsyncDrop for AsyncDropTaskGroup<T, R, E>
where
    T: AsyncDrop + Debug + Send + Sync + 'static,
    R: Send + 'static,
    E: Debug + Send + 'static,
{
    type Error = T::Error;

    async fn async_drop_impl(&mut self) -> Result<(), T::Error> {
        self.end_all();
        while let Some(ended) = self.tasks.join_next().await {
            // What is not returned is reported.
            match ended {
                Ok((_, Ok(_))) => {}
                Ok((_, Err(error))) => drop(self.unreturned(error)),
                Err(aborted) if aborted.is_cancelled() => {}
                Err(panicked) => drop(self.unreturned(panicked)),
            }
        }
        self.results.clear();
        self.first_error = None;
        self.first_panic = None;
        let mut handed_over = InnerEnded::new(Arc::clone(&self.pending));
        poll_fn(|context| handed_over.poll(context, tree::adopted)).await;
        self.value.async_drop().await
    }
}

impl<T, R, E> Debug for AsyncDropTaskGroup<T, R, E>
where
    T: AsyncDrop + Debug + Send + Sync + 'static,
    R: Send + 'static,
    E: Debug + Send + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncDropTaskGroup")
            .field("value", &self.value)
            .field("tasks", &self.tasks.len())
            .finish_non_exhaustive()
    }
}
