//! Stands for `tokio::sync::Notify`, as far as `notify_waiters` goes.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use loom::sync::Mutex;

/// Wakes all that wait.
#[derive(Default)]
pub(crate) struct Notify {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    calls: usize,
    waiting: Vec<Waker>,
}

impl Notify {
    /// A future that ends with the next call of `notify_waiters`.
    pub(crate) fn notified(&self) -> Notified<'_> {
        Notified {
            notify: self,
            calls: self.state.lock().unwrap().calls,
        }
    }

    pub(crate) fn notify_waiters(&self) {
        let mut state = self.state.lock().unwrap();
        state.calls += 1;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}

pub(crate) struct Notified<'a> {
    notify: &'a Notify,
    /// How many calls there were when it was made.
    calls: usize,
}

impl Notified<'_> {
    /// Does nothing: `notify_waiters` reaches also those that have not been polled.
    pub(crate) fn enable(self: Pin<&mut Self>) {}
}

impl Future for Notified<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.notify.state.lock().unwrap();
        if state.calls != self.calls {
            return Poll::Ready(());
        }
        state.waiting.push(context.waker().clone());
        Poll::Pending
    }
}
