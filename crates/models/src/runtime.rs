//! Stands for `tokio::runtime`: each task is a thread.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use loom::future::block_on;

/// A runtime that polls each task `polls` times at most, as one does that shuts down then.
#[derive(Clone, Copy, Debug)]
pub struct Handle {
    polls: usize,
}

impl Handle {
    /// A runtime that lives longer than its tasks.
    pub fn that_stays() -> Self {
        Self { polls: usize::MAX }
    }

    /// A runtime that drops each task unfinished after that many polls; after none, on the thread that spawns it.
    pub fn that_shuts_down_after(polls: usize) -> Self {
        Self { polls }
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut polls_left = self.polls;
        if polls_left == 0 {
            drop(task);
            return;
        }
        let mut task: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(task);
        loom::thread::spawn(move || {
            block_on(poll_fn(move |context| {
                let polled = task.as_mut().poll(context);
                polls_left -= 1;
                if polls_left == 0 {
                    Poll::Ready(())
                } else {
                    polled
                }
            }));
        });
    }
}
