//! A cleanup on its way to a task, as far as the tracker looks at it: it is run, or it is dropped.

use std::sync::{Arc, Mutex, PoisonError};

use super::task::CleanupTask;

/// What became of the cleanups of one run of a model, by their numbers, in order.
#[derive(Clone, Default)]
pub(crate) struct Books(Arc<Mutex<Written>>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) run: Vec<usize>,
    pub(crate) forgotten: Vec<usize>,
}

impl Books {
    pub(crate) fn read(&self) -> Written {
        self.lock().clone()
    }

    // No lock of loom's: what a model checks should not order what it checks.
    fn lock(&self) -> std::sync::MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct HandedOver {
    pub(crate) task: CleanupTask,
    pending_polls: usize,
    books: Books,
    run: bool,
}

impl HandedOver {
    /// The cleanup with this number, which returns pending that many times.
    pub(crate) fn new(number: usize, pending_polls: usize, books: Books) -> Self {
        Self {
            task: CleanupTask { number },
            pending_polls,
            books,
            run: false,
        }
    }

    pub(crate) async fn run(mut self) -> Result<(), String> {
        for _ in 0..self.pending_polls {
            yield_once().await;
        }
        self.run = true;
        self.books.lock().run.push(self.task.number);
        Ok(())
    }
}

impl Drop for HandedOver {
    fn drop(&mut self) {
        if !self.run {
            self.books.lock().forgotten.push(self.task.number);
        }
    }
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if yielded {
            return std::task::Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
