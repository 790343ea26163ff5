use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::frame::Entered;
use super::inner::InnerEnded;
use super::pending::Pending;

/// A future of another task, for whose cleanups a scope waits all the same.
pub(crate) struct AdoptedBy<F> {
    inner: Option<InnerEnded>,
    /// `None` only while `drop` runs.
    future: Pin<Box<Option<F>>>,
}

impl<F> AdoptedBy<F> {
    pub(crate) fn new(pending: &Arc<Pending>, future: F) -> Self {
        Self {
            inner: Some(InnerEnded::new(Arc::clone(pending))),
            future: Box::pin(Some(future)),
        }
    }
}

impl<F: Future> Future for AdoptedBy<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        let _entered = Entered::body(&mut this.inner);
        let future = this.future.as_mut().as_pin_mut();
        future.expect("polled while it is dropped").poll(context)
    }
}

impl<F> Drop for AdoptedBy<F> {
    fn drop(&mut self) {
        let _entered = Entered::body(&mut self.inner);
        self.future.set(None);
    }
}
