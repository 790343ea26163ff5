use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that was boxed so that it can move to a task between two polls.
pub(crate) struct Movable<F: ?Sized> {
    /// `None` once it has ended.
    future: Option<Pin<Box<F>>>,
}

impl<F: Future + ?Sized> Movable<F> {
    pub(crate) fn new(future: Pin<Box<F>>) -> Self {
        Self {
            future: Some(future),
        }
    }

    pub(crate) fn ended() -> Self {
        Self { future: None }
    }

    /// Gives `None` once it has ended.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        // Out while it is polled: what panics must not be handed over.
        let Some(mut future) = self.future.take() else {
            return Poll::Ready(None);
        };
        let polled = future.as_mut().poll(context);
        if polled.is_pending() {
            self.future = Some(future);
        }
        polled.map(Some)
    }

    /// What has not ended, to be handed over.
    pub(crate) fn take(&mut self) -> Option<Pin<Box<F>>> {
        self.future.take()
    }
}
