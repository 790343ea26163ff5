use std::sync::PoisonError;
use std::task::Waker;

use super::super::sync::{Mutex, MutexGuard};

/// What one cancellation hands over, on its way to the task that sees to it.
pub(crate) struct Queue<T>(Mutex<State<T>>);

struct State<T> {
    arrived: Vec<T>,
    /// Of the task, which has taken all that had arrived.
    waker: Option<Waker>,
    /// The task has ended: what comes now needs another.
    is_closed: bool,
}

impl<T> Queue<T> {
    pub(crate) fn with(first: T) -> Self {
        Self(Mutex::new(State {
            arrived: vec![first],
            waker: None,
            is_closed: false,
        }))
    }

    /// Adds `next`, or gives it back when there is no task any more.
    pub(crate) fn push(&self, next: T) -> Result<(), T> {
        let mut state = self.state();
        if state.is_closed {
            return Err(next);
        }
        state.arrived.push(next);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Takes what has arrived; the next to come wakes `waker`.
    pub(crate) fn take(&self, waker: &Waker) -> Vec<T> {
        let mut state = self.state();
        // Also when something has arrived: the task may sleep on that when the next comes.
        let former = state.waker.replace(waker.clone());
        let arrived = std::mem::take(&mut state.arrived);
        drop(state);
        // Outside of the lock: a waker may run code when it is dropped.
        drop(former);
        arrived
    }

    /// Closes the queue if nothing has arrived, under the lock under which it looked: nothing is left behind.
    pub(crate) fn close_if_empty(&self) -> bool {
        let mut state = self.state();
        state.is_closed = state.arrived.is_empty();
        state.is_closed
    }

    /// Closes the queue and gives what had arrived.
    pub(crate) fn close(&self) -> Vec<T> {
        let mut state = self.state();
        state.is_closed = true;
        std::mem::take(&mut state.arrived)
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
