use std::any::type_name;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::super::guard::{ArmedDrop, AsyncDrop, AsyncDropGuard, Origin, UnreturnedError};
use super::super::reported::only_reported_if;
use super::super::tree::{self, Place};
use super::armed::{arm, disarm};
use super::handed_over::{CleanupFuture, hand_over_under_way, hand_over_value};
use super::movable::Movable;
use super::task::CleanupTask;

impl<T: AsyncDrop + Debug + Send + 'static> AsyncDropGuard<T> {
    /// Wraps `value` in an armed guard whose cleanup survives cancellation.
    ///
    /// Await [`async_drop`](Self::async_drop) as with any guard. When the guard is dropped armed all the same, because a
    /// `select!`, a timeout or an abort dropped the future that held it, the value moves to a cleanup task on the current
    /// Tokio runtime, and a `tracing` event at warning level with target `async_drop` says so. Of the guards that one cancellation
    /// drops, each is cleaned up after all that were dropped before it; outside of scopes, it may wait for what the same task or
    /// thread dropped earlier, too, but never for other tasks. Inside a scope ([`with_async_drop!`](crate::with_async_drop!) and
    /// its relatives), the scope cleans up its own values after them. [`drain`](crate::drain) awaits them before the program ends.
    ///
    /// Without a runtime, or when it is shutting down, the forgotten-guard hook is called.
    ///
    /// # Example
    ///
    /// ```standalone_crate
    /// use std::time::Duration;
    /// use async_drop_utils::{AsyncDrop, AsyncDropGuard, drain};
    /// # #[derive(Debug)]
    /// # struct Connection;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Connection {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let cancelled = tokio::time::timeout(Duration::from_millis(1), async {
    ///     let _connection = AsyncDropGuard::new_cancel_safe(Connection);
    ///     std::future::pending::<()>().await;
    /// });
    /// assert!(cancelled.await.is_err());
    /// assert!(drain(Duration::from_secs(1)).await.is_clean()); // a task has closed the connection
    /// # });
    /// ```
    #[track_caller]
    pub fn new_cancel_safe(value: T) -> Self {
        let origin = Origin::caller();
        become_armed::<T>(origin);
        Self::from_parts(value, origin, Some(hand_over_to_task))
    }

    /// Makes a guard that somebody else made cancel-safe, as if it came from [`new_cancel_safe`](Self::new_cancel_safe).
    ///
    /// Where the guard was made is kept. A guard that is done stays done.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard};
    /// # #[derive(Debug)]
    /// # struct Connection;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Connection {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # async fn connect() -> AsyncDropGuard<Connection> { AsyncDropGuard::new(Connection) }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mut connection = connect().await.cancel_safe();
    /// connection.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[inline]
    pub fn cancel_safe(self) -> Self {
        if self.is_uncounted() {
            become_armed::<T>(self.origin());
        }
        self.under_policy(hand_over_to_task)
    }
}

fn hand_over_to_task<T>(event: ArmedDrop<'_, T>, origin: Origin) -> bool
where
    T: AsyncDrop + Debug + Send + 'static,
{
    match event {
        ArmedDrop::Disarmed => disarm(&guards::<T>(origin)),
        event => do_not_disarm(event, origin),
    }
    true
}

/// Apart, so that a guard that is disarmed saves no registers for this.
#[cold]
#[inline(never)]
fn do_not_disarm<T>(event: ArmedDrop<'_, T>, origin: Origin)
where
    T: AsyncDrop + Debug + Send + 'static,
{
    if let ArmedDrop::Happened(value) = event {
        // Until it is in the hands of a task, or the hook has been called.
        let _armed = Armed::<T>(origin, PhantomData);
        if let Some(value) = value.take() {
            hand_over_value(value, origin, Place::Bare);
        }
    }
}

#[inline(always)]
fn become_armed<T>(origin: Origin) {
    // One more armed guard is no part of a cancellation that is under way.
    tree::acts();
    arm(&guards::<T>(origin));
}

#[inline]
fn guards<T>(origin: Origin) -> CleanupTask {
    CleanupTask::new(type_name::<T>(), origin)
}

/// One of the guards of a `T` that are counted as armed, until this is dropped.
pub(crate) struct Armed<T>(Origin, PhantomData<fn() -> T>);

impl<T> Armed<T> {
    /// Counts an opening that has begun, since a cancellation will hand over what it makes.
    pub(crate) fn by_its_opening(origin: Origin) -> Self {
        become_armed::<T>(origin);
        Self(origin, PhantomData)
    }
}

impl<T: Debug> Armed<T> {
    /// Counts `guard` as armed, unless it is done, since a cancellation will hand it over, whatever guard it is.
    pub(crate) fn by_its_holder(guard: &AsyncDropGuard<T>) -> Option<Self> {
        if guard.is_dropped() {
            return None;
        }
        become_armed::<T>(guard.origin());
        Some(Self(guard.origin(), PhantomData))
    }
}

impl<T> Drop for Armed<T> {
    fn drop(&mut self) {
        disarm(&guards::<T>(self.0));
    }
}

/// Hands over what is in a guard, whatever guard it is, unless it is done.
pub(crate) fn hand_over_guard<T>(guard: AsyncDropGuard<T>, place: Place)
where
    T: AsyncDrop + Debug + Send + 'static,
{
    if !guard.is_dropped() {
        let origin = guard.origin();
        hand_over_value(guard.unsafe_into_inner_dont_drop(), origin, place);
    }
}

/// Awaits the cleanup of a cancel-safe guard like [`clean_up`](crate::__private::clean_up), and has a task finish it when the future is
/// dropped first.
pub fn clean_up_even_when_cancelled<T>(
    guard: AsyncDropGuard<T>,
    is_reported: bool,
) -> impl Future<Output = Result<(), UnreturnedError<T::Error>>>
where
    T: AsyncDrop + Debug + Send + 'static,
{
    // Counted, also where a body has put a plain guard in the place of the counted one.
    let guard = guard.cancel_safe();
    let origin = guard.origin();
    let (progress, cleanup) = if guard.is_dropped() {
        (Progress::Ended, Movable::ended())
    } else {
        let cleanup: Pin<Box<CleanupFuture<T::Error>>> = Box::pin(guard.into_cleanup());
        (Progress::NotBegun, Movable::new(cleanup))
    };
    FinishedInTask::<T> {
        cleanup: ManuallyDrop::new(cleanup),
        origin,
        progress,
        is_reported,
    }
}

/// A cleanup that goes on in a task when its future is dropped half-way.
struct FinishedInTask<T: AsyncDrop + 'static> {
    /// Emptied by `drop`, so that there is nothing to look for behind it.
    cleanup: ManuallyDrop<Movable<CleanupFuture<T::Error>>>,
    origin: Origin,
    progress: Progress,
    is_reported: bool,
}

#[derive(PartialEq)]
enum Progress {
    /// The guard is as cancel-safe as it came.
    NotBegun,
    /// The guard is a plain one, which this counts as armed and hands over.
    Begun,
    /// The guard is done, or has gone to a task.
    Ended,
}

impl<T: AsyncDrop + 'static> Future for FinishedInTask<T> {
    type Output = Result<(), UnreturnedError<T::Error>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.progress == Progress::Ended {
            return Poll::Ready(Ok(()));
        }
        this.progress = Progress::Begun;
        let polled = only_reported_if(this.is_reported, || this.cleanup.poll(cx));
        let Some(result) = ready!(polled) else {
            return Poll::Ready(Ok(()));
        };
        this.progress = Progress::Ended;
        disarm(&guards::<T>(this.origin));
        Poll::Ready(result.map_err(|error| UnreturnedError::of_cleanup::<T>(error, this.origin)))
    }
}

impl<T: AsyncDrop + 'static> Drop for FinishedInTask<T> {
    #[inline]
    fn drop(&mut self) {
        match self.progress {
            Progress::NotBegun => drop(self.cleanup.take()),
            Progress::Begun => {
                let _armed = Armed::<T>(self.origin, PhantomData);
                // There is none left when it has panicked.
                if let Some(cleanup) = self.cleanup.take() {
                    hand_over_under_way::<T>(self.origin, cleanup);
                }
            }
            Progress::Ended => {}
        }
    }
}
