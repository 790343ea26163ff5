use std::any::Any;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Mutex, PoisonError};

use futures_util::{FutureExt, future};

use super::report;
use super::unreturned_error::UnreturnedError;

/// The panic of one cleanup, until those beside it have run: it goes on then, or is reported when this is dropped instead.
#[must_use = "it goes on or is reported"]
#[derive(Debug)]
pub struct CaughtPanic {
    // In a mutex that is never locked: a payload is not `Sync`, and a container that keeps one has to be.
    payload: Mutex<Option<Box<dyn Any + Send>>>,
}

impl CaughtPanic {
    pub(crate) fn new(payload: Box<dyn Any + Send>) -> Self {
        Self {
            payload: Mutex::new(Some(payload)),
        }
    }

    /// Lets the panic go on.
    pub(crate) fn go_on(mut self) -> ! {
        resume_unwind(self.take().expect("taken once, by value"))
    }

    fn take(&mut self) -> Option<Box<dyn Any + Send>> {
        let payload = self.payload.get_mut();
        payload.unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for CaughtPanic {
    fn drop(&mut self) {
        if let Some(payload) = self.take() {
            report::cleanup_panicked(panic_words(&*payload));
        }
    }
}

/// The words that a panic came with.
pub(crate) fn panic_words(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("not with words")
}

/// Awaits one cleanup of several, and gives its panic as a value, so that the others run.
pub(crate) fn catching<F: Future>(
    cleanup: F,
) -> impl Future<Output = Result<F::Output, CaughtPanic>> {
    AssertUnwindSafe(cleanup)
        .catch_unwind()
        .map(|ended| ended.map_err(CaughtPanic::new))
}

/// Awaits two cleanups concurrently; when one panics, that goes on once the other has ended.
pub async fn join<A: Future, B: Future>(one: A, other: B) -> (A::Output, B::Output) {
    match future::join(catching(one), catching(other)).await {
        (Ok(one), Ok(other)) => (one, other),
        (Err(panic), _) | (_, Err(panic)) => panic.go_on(),
    }
}

/// How several cleanups end together: all have run, the first panic goes on, else the first error is returned, and the rest is reported.
pub(crate) struct Ending<E: Debug> {
    error: Option<UnreturnedError<E>>,
    panic: Option<CaughtPanic>,
}

impl<E: Debug> Ending<E> {
    pub(crate) fn new() -> Self {
        Self {
            error: None,
            panic: None,
        }
    }

    /// What is not kept is dropped, and so reported.
    pub(crate) fn record(&mut self, ended: Result<Result<(), UnreturnedError<E>>, CaughtPanic>) {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                self.error.get_or_insert(error);
            }
            Err(panic) => {
                self.panic.get_or_insert(panic);
            }
        }
    }

    /// Says whether an error that comes now is only reported.
    pub(crate) fn has_failed(&self) -> bool {
        self.error.is_some() || self.panic.is_some()
    }

    /// Gives the first error, or lets the first panic go on.
    pub(crate) fn settle(&mut self) -> Result<(), UnreturnedError<E>> {
        let error = self.error.take();
        match self.panic.take() {
            Some(panic) => {
                drop(error);
                panic.go_on()
            }
            None => error.map_or(Ok(()), Err),
        }
    }
}
