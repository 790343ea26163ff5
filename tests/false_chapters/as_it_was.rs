//! The library as it was when the sentences in `corpus/false_chapters/falsified` were found to be false, as far as they need it.
//!
//! What was dropped armed joined a queue of the task that dropped it, whose cleanups ran one after the other; no scope waited for what was
//! dropped in its body; the first member to panic took the others with it; and `drain` knew what had been handed over outside of every
//! tracker, not what was armed.

use std::cell::Cell;
use std::collections::{HashMap, VecDeque};
use std::env;
use std::fmt::Debug;
use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::pin::{Pin, pin};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use tokio::runtime::{self, Handle};
use tokio::sync::Notify;
use tokio::task;
use tokio::time::timeout;

/// With this environment variable, the library is as it is.
pub const MENDED: &str = "ASYNC_DROP_MENDED";

pub fn is_mended() -> bool {
    env::var_os(MENDED).is_some()
}

type Cleanup<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Who dropped something: a task, or whoever is outside of every task; and whether in the scope of a tracker.
type Dropper = (runtime::Id, Option<task::Id>, bool);

/// The queue of each who dropped something, for as long as it has cleanups.
static QUEUES: LazyLock<Mutex<HashMap<Dropper, VecDeque<Cleanup<()>>>>> =
    LazyLock::new(Mutex::default);

static A_QUEUE_IS_EMPTY: Notify = Notify::const_new();

thread_local! {
    static IN_SCOPE: Cell<bool> = const { Cell::new(false) };
}

fn queues() -> MutexGuard<'static, HashMap<Dropper, VecDeque<Cleanup<()>>>> {
    QUEUES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hand_over(cleanup: Cleanup<()>) {
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    let dropper = (runtime.id(), task::try_id(), IN_SCOPE.get());
    if let Some(queue) = queues().get_mut(&dropper) {
        queue.push_back(cleanup);
        return;
    }
    queues().insert(dropper, VecDeque::from([cleanup]));
    runtime.spawn(async move {
        while let Some(cleanup) = next(&dropper) {
            cleanup.await;
        }
    });
}

fn next(dropper: &Dropper) -> Option<Cleanup<()>> {
    let mut queues = queues();
    let next = queues.get_mut(dropper)?.pop_front();
    if next.is_none() {
        queues.remove(dropper);
        A_QUEUE_IS_EMPTY.notify_waiters();
    }
    next
}

/// Awaits what was handed over on this runtime, at most for `deadline`; says whether nothing is left.
pub async fn drain(deadline: Duration) -> bool {
    if is_mended() {
        let report = async_drop_utils::drain(deadline).await;
        return report.still_running.is_empty() && report.still_armed.is_empty();
    }
    let runtime = Handle::current().id();
    let is_awaited = |(of, _, in_scope): &Dropper| *of == runtime && !in_scope;
    let idle = async {
        loop {
            let is_empty = A_QUEUE_IS_EMPTY.notified();
            if !queues().keys().any(is_awaited) {
                return;
            }
            is_empty.await;
        }
    };
    timeout(deadline, idle).await.is_ok()
}

/// Keeps what is handed over in its scope from `drain`.
pub struct CleanupTracker;

impl CleanupTracker {
    pub async fn scope<T>(&self, future: impl Future<Output = T>) -> T {
        if is_mended() {
            return async_drop_utils::CleanupTracker::new().scope(future).await;
        }
        let mut future = pin!(future);
        poll_fn(|context| {
            let outer = IN_SCOPE.replace(true);
            let polled = future.as_mut().poll(context);
            IN_SCOPE.set(outer);
            polled
        })
        .await
    }
}

/// A guard in a scope's body: dropped there, its value is handed over.
pub struct Scoped<T: AsyncDrop + Debug + Send + 'static>(Option<AsyncDropGuard<T>>);

impl<T: AsyncDrop + Debug + Send + 'static> Scoped<T> {
    pub fn new(guard: AsyncDropGuard<T>) -> Self {
        Self(Some(guard))
    }

    pub fn into_cleanup(mut self) -> CleaningUp<T::Error>
    where
        T::Error: Send,
    {
        let mut guard = self.0.take().expect("it is there until it is dropped");
        CleaningUp(Some(Box::pin(async move { guard.async_drop().await })))
    }
}

impl<T: AsyncDrop + Debug + Send + 'static> Deref for Scoped<T> {
    type Target = AsyncDropGuard<T>;

    fn deref(&self) -> &Self::Target {
        self.0.as_ref().expect("it is there until it is dropped")
    }
}

impl<T: AsyncDrop + Debug + Send + 'static> DerefMut for Scoped<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.0.as_mut().expect("it is there until it is dropped")
    }
}

impl<T: AsyncDrop + Debug + Send + 'static> Drop for Scoped<T> {
    fn drop(&mut self) {
        if let Some(mut guard) = self.0.take() {
            hand_over(Box::pin(async move { drop(guard.async_drop().await) }));
        }
    }
}

/// The cleanup at the end of a scope: dropped half-way, the rest of it is handed over.
pub struct CleaningUp<E: 'static>(Option<Cleanup<Result<(), E>>>);

impl<E> Future for CleaningUp<E> {
    type Output = Result<(), E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(cleanup) = &mut self.0 else {
            return Poll::Ready(Ok(()));
        };
        let polled = cleanup.as_mut().poll(context);
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }
}

impl<E> Drop for CleaningUp<E> {
    fn drop(&mut self) {
        if let Some(rest) = self.0.take() {
            hand_over(Box::pin(async move { drop(rest.await) }));
        }
    }
}

/// What a scope comes to: the body's error, or else the first of the cleanups'.
pub fn first_error<R, E>(body: Result<R, E>, cleanup: Result<(), E>) -> Result<R, E> {
    body.and_then(|done| cleanup.map(|()| done))
}

macro_rules! with_async_drop {
    ($($value:ident),+, $body:block) => {
        if $crate::as_it_was::is_mended() {
            async_drop_utils::with_async_drop!($($value),+, $body)
        } else {
            $(
                #[allow(unused_mut)]
                let mut $value = $crate::as_it_was::Scoped::new($value);
            )+
            let body = async $body.await;
            $(let $value = $value.into_cleanup();)+
            let ($($value,)+) = tokio::join!($($value),+);
            $(let body = $crate::as_it_was::first_error(body, $value);)+
            body
        }
    };
}
pub(crate) use with_async_drop;

macro_rules! async_drop_in_order {
    ($($member:expr),+) => {
        if $crate::as_it_was::is_mended() {
            async_drop_utils::async_drop_in_order!($($member),+)
        } else {
            let done = Ok(());
            $(let done = $crate::as_it_was::first_error(done, $member.async_drop().await);)+
            done
        }
    };
}
pub(crate) use async_drop_in_order;
