//! The bound on how long a run may take: virtual time stands still in a task that never stops yielding, so it is real time.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use futures_util::task::AtomicWaker;

/// A thread that rings the alarm of a run which takes too long.
pub(in super::super) struct Watchdog {
    runs: Sender<Arc<Alarm>>,
}

impl Watchdog {
    pub(in super::super) fn new(patience: Duration) -> Self {
        let (runs, started) = mpsc::channel();
        // Without the thread, a hang hangs; all else is as it should be.
        let _ = thread::Builder::new()
            .name("explorer watchdog".to_owned())
            .spawn(move || watch(&started, patience));
        Self { runs }
    }

    /// Watches a new run, and no longer the one before.
    pub(in super::super) fn watch(&self) -> Arc<Alarm> {
        let alarm = Arc::new(Alarm::default());
        // It fails only when there is no thread.
        let _ = self.runs.send(Arc::clone(&alarm));
        alarm
    }
}

fn watch(started: &Receiver<Arc<Alarm>>, patience: Duration) {
    while let Ok(mut watched) = started.recv() {
        loop {
            match started.recv_timeout(patience) {
                Ok(next) => watched = next,
                Err(RecvTimeoutError::Timeout) => {
                    watched.ring();
                    break;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

/// Wakes the run when its time is up.
#[derive(Default)]
pub(in super::super) struct Alarm {
    rung: AtomicBool,
    waker: AtomicWaker,
}

impl Alarm {
    fn ring(&self) {
        self.rung.store(true, Ordering::Release);
        self.waker.wake();
    }

    pub(in super::super) fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        // Registered first: a ring between the two lines wakes.
        self.waker.register(context.waker());
        if self.rung.load(Ordering::Acquire) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Awaits `future`, or returns `None` when the alarm rings before it is done.
    pub(in super::super) async fn unless_rung<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = std::pin::pin!(future);
        poll_fn(|context| {
            if self.poll(context).is_ready() {
                return Poll::Ready(None);
            }
            future.as_mut().poll(context).map(Some)
        })
        .await
    }
}
