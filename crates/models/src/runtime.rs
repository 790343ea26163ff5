//! Stands for `tokio::runtime`: each task is a thread.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use loom::future::block_on;

loom::thread_local! {
    static ENTERED: Cell<Option<Handle>> = Cell::new(None);
}

/// Which runtime it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Id(usize);

/// A runtime that polls each task `polls` times at most, as one does that shuts down then.
#[derive(Clone, Copy, Debug)]
pub struct Handle {
    polls: usize,
}

/// No runtime has been entered.
#[derive(Debug)]
pub struct TryCurrentError;

impl Handle {
    /// A runtime that lives longer than its tasks.
    pub fn that_stays() -> Self {
        Self { polls: usize::MAX }
    }

    /// A runtime that drops each task unfinished after that many polls; after none, on the thread that spawns it.
    pub fn that_shuts_down_after(polls: usize) -> Self {
        Self { polls }
    }

    /// Makes this the current runtime of the thread.
    pub fn enter(self) {
        ENTERED.with(|entered| entered.set(Some(self)));
    }

    /// The runtime that this thread has entered.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn try_current() -> Result<Self, TryCurrentError> {
        ENTERED.with(Cell::get).ok_or(TryCurrentError)
    }

    /// All threads of a model have entered the same runtime.
    pub fn id(&self) -> Id {
        Id(0)
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut polls_left = self.polls;
        if polls_left == 0 {
            drop(task);
            return;
        }
        let mut task: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(task);
        let handle = *self;
        loom::thread::spawn(move || {
            handle.enter();
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
