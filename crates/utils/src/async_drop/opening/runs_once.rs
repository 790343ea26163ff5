use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

type Running<E> = Pin<Box<dyn Future<Output = Result<(), E>> + Send>>;

/// An async closure that is called once; cut off, it goes on where it stands.
pub(crate) struct RunsOnce<A, E> {
    // A mutex that is never locked: it makes this `Sync`, since all access is by `&mut`.
    step: Mutex<Step<A, E>>,
}

enum Step<A, E> {
    Waiting(Box<dyn FnOnce(A) -> Running<E> + Send>),
    Running(Running<E>),
    Done,
}

impl<A, E> RunsOnce<A, E> {
    pub(crate) fn new<F, Fut>(closure: F) -> Self
    where
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
    {
        let step = Step::Waiting(Box::new(|argument| Box::pin(closure(argument))));
        Self {
            step: Mutex::new(step),
        }
    }

    /// Calls the closure with the argument, unless that has been done, and awaits what it returned.
    pub(crate) async fn run(&mut self, mut argument: impl FnMut() -> Option<A>) -> Result<(), E> {
        let step = self.step.get_mut().unwrap_or_else(PoisonError::into_inner);
        poll_fn(|context| step.poll(&mut argument, context)).await
    }
}

impl<A, E> Step<A, E> {
    fn poll(
        &mut self,
        argument: &mut impl FnMut() -> Option<A>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), E>> {
        // Out while it is called or polled: what panics must not be polled again.
        let mut running = match mem::replace(self, Self::Done) {
            Self::Waiting(closure) => match argument() {
                Some(argument) => closure(argument),
                None => return Poll::Ready(Ok(())),
            },
            Self::Running(running) => running,
            Self::Done => return Poll::Ready(Ok(())),
        };
        let result = running.as_mut().poll(context);
        if result.is_pending() {
            *self = Self::Running(running);
        }
        result
    }
}
