//! One future, polled by whoever waits for it.
//!
//! `futures_util::future::Shared` does the same, but loses a wake-up when the future is woken while one task polls it, another
//! task comes by meanwhile, and the first never polls again (rust-lang/futures-rs#2706). The other then waits for
//! ever, which is just what cancelling one of several clones must not do. It also leaves waiting tasks asleep when the
//! future panics.

use std::fmt::{self, Display};
use std::pin::Pin;
use std::sync::{Arc, PoisonError, TryLockError};
use std::task::{Context, Poll, Wake, Waker};

use slab::Slab;

use super::super::sync::{Mutex, MutexGuard, OnceLock};

/// A future of type `Fut`, and a `T` made from its output once it has completed.
pub(crate) struct Driven<Fut, T> {
    output: OnceLock<T>,
    /// Locked by the task that polls; `None` once completed; poisoned by a panic of the future.
    future: Mutex<Option<Pin<Box<Fut>>>>,
    waiters: Arc<Waiters>,
    /// What the future is polled with: wakes all waiters.
    waker: Waker,
}

/// The future has panicked, so that there will never be an output.
#[derive(Debug)]
pub(crate) struct Panicked;

impl Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("The shared future has panicked")
    }
}

impl<Fut, T> Driven<Fut, T> {
    pub(crate) fn new(future: Fut) -> Self {
        Self::with(Some(Box::pin(future)), OnceLock::new())
    }

    pub(crate) fn completed(output: T) -> Self {
        Self::with(None, OnceLock::from(output))
    }

    fn with(future: Option<Pin<Box<Fut>>>, output: OnceLock<T>) -> Self {
        let waiters = Arc::new(Waiters::default());
        Self {
            output,
            future: Mutex::new(future),
            waker: Waker::from(Arc::clone(&waiters)),
            waiters,
        }
    }

    pub(crate) fn output(&self) -> Option<&T> {
        self.output.get()
    }

    pub(crate) fn output_mut(&mut self) -> Option<&mut T> {
        self.output.get_mut()
    }
}

impl<Fut: Future, T> Driven<Fut, T> {
    /// Polls the future, or leaves that to the task that is just doing it. `waiter` is the caller's place in the queue.
    pub(crate) fn poll(
        &self,
        waiter: &mut Option<Waiter>,
        context: &mut Context<'_>,
        make: impl FnOnce(Fut::Output) -> T,
    ) -> Poll<Result<&T, Panicked>> {
        if let Some(output) = self.output() {
            return Poll::Ready(Ok(output));
        }
        // Before the lock is tried, so that whoever is found holding it wakes this task afterwards.
        Waiter::wait(waiter, &self.waiters, context.waker());
        let mut turn = match self.future.try_lock() {
            Ok(future) => Turn::begin(future, &self.waiters),
            Err(TryLockError::WouldBlock) => return Poll::Pending,
            Err(TryLockError::Poisoned(panicked)) => {
                let mut turn = Turn::begin(panicked.into_inner(), &self.waiters);
                *turn.future = None;
                turn
            }
        };
        if let Some(unfinished) = turn.future.as_mut() {
            let mut context = Context::from_waker(&self.waker);
            let Poll::Ready(output) = unfinished.as_mut().poll(&mut context) else {
                turn.end.pending = true;
                return Poll::Pending;
            };
            self.output.get_or_init(|| make(output));
            *turn.future = None;
        }
        // The caller has its answer: the end of this turn need not wake it.
        *waiter = None;
        Poll::Ready(self.output().ok_or(Panicked))
    }
}

/// The time during which one task polls.
struct Turn<'a, Fut> {
    /// Before `end`: fields drop in this order, and whoever is woken has to find the lock free.
    future: MutexGuard<'a, Option<Pin<Box<Fut>>>>,
    end: TurnEnd<'a>,
}

/// Wakes the tasks that came by during a turn and have to know how it ended.
struct TurnEnd<'a> {
    waiters: &'a Waiters,
    pending: bool,
}

impl<'a, Fut> Turn<'a, Fut> {
    fn begin(future: MutexGuard<'a, Option<Pin<Box<Fut>>>>, waiters: &'a Waiters) -> Self {
        waiters.queue().woken = false;
        let pending = false;
        Self {
            future,
            end: TurnEnd { waiters, pending },
        }
    }
}

impl Drop for TurnEnd<'_> {
    fn drop(&mut self) {
        // Completed or panicked: all have to see it. Pending: only a wake-up that came during the turn may have been
        // spent on tasks that found the future busy. `woken` stays set, since the next turn may have begun already.
        if !self.pending || self.waiters.queue().woken {
            self.waiters.wake_all();
        }
    }
}

/// The tasks to wake when the future can go on.
#[derive(Default)]
struct Waiters(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    /// One place per waiter, empty between its wake-up and its next poll.
    wakers: Slab<Option<Waker>>,
    /// Whether the future was woken since the last turn began.
    woken: bool,
}

impl Queue {
    fn take_wakers(&mut self) -> Vec<Waker> {
        self.wakers
            .iter_mut()
            .filter_map(|(_, waker)| waker.take())
            .collect()
    }
}

impl Waiters {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake_all(&self) {
        let wakers = self.queue().take_wakers();
        // Woken outside the lock, since a waker may run code that comes back here.
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Wake for Waiters {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.queue().woken = true;
        self.wake_all();
    }
}

/// One place in the queue; dropping it gives the place up.
pub(crate) struct Waiter {
    waiters: Arc<Waiters>,
    place: usize,
}

impl Waiter {
    fn wait(this: &mut Option<Self>, waiters: &Arc<Waiters>, waker: &Waker) {
        let waker = waker.clone();
        match this {
            None => {
                let place = waiters.queue().wakers.insert(Some(waker));
                *this = Some(Self {
                    waiters: Arc::clone(waiters),
                    place,
                });
            }
            Some(waiter) => {
                let former = waiters.queue().wakers[waiter.place].replace(waker);
                // Outside the lock, like waking.
                drop(former);
            }
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let waker = self.waiters.queue().wakers.try_remove(self.place);
        // Outside the lock, like waking.
        drop(waker);
    }
}
