use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::super::sync::{Arc, Mutex, MutexGuard};

/// The cleanups that a scope's body has handed over and that have not ended, counted for the scope that waits for them.
#[derive(Default)]
pub(crate) struct Pending(Mutex<State>);

#[derive(Default)]
struct State {
    cleanups: usize,
    waiting: Option<Waker>,
    /// How long the scope waits for them.
    limit: Option<Duration>,
    /// Has the scope around wait for them, once this one waits no more.
    outer: Option<Adopted>,
}

impl Pending {
    /// Counts one cleanup more until what it returns is dropped.
    pub(crate) fn adopt(this: &Arc<Self>) -> Adopted {
        this.state().cleanups += 1;
        Adopted(this.clone())
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.state().cleanups == 0
    }

    /// Is ready when none is left; only the last one who has asked is woken.
    pub(crate) fn poll_ended(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.cleanups == 0 {
            return Poll::Ready(());
        }
        let former = state.waiting.replace(context.waker().clone());
        drop(state);
        // Outside of the lock: a waker may run code when it is dropped.
        drop(former);
        Poll::Pending
    }

    pub(crate) fn cleanups(&self) -> usize {
        self.state().cleanups
    }

    pub(crate) fn limit(&self) -> Option<Duration> {
        self.state().limit
    }

    pub(crate) fn set_limit(&self, limit: Duration) {
        self.state().limit = Some(limit);
    }

    /// Leaves what has not ended to the scope around, which counts it as `outer`.
    pub(crate) fn leave_to(&self, outer: Adopted) {
        let mut state = self.state();
        let unneeded = if state.cleanups == 0 {
            Some(outer)
        } else {
            state.outer.replace(outer)
        };
        drop(state);
        drop(unneeded);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One cleanup that a scope waits for; dropped when it has ended, in whatever way.
pub(crate) struct Adopted(Arc<Pending>);

impl Drop for Adopted {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.cleanups -= 1;
        let (waiting, outer) = if state.cleanups == 0 {
            (state.waiting.take(), state.outer.take())
        } else {
            (None, None)
        };
        drop(state);
        drop(outer);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}
