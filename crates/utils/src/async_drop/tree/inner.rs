use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Sleep;

use super::super::guard::contained;
use super::pending::{Adopted, Pending};
use super::report;

/// What a body has handed over so far, for the scope that waits for it after the body.
pub(crate) struct InnerEnded {
    pending: Arc<Pending>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl InnerEnded {
    pub(crate) fn new(pending: Arc<Pending>) -> Self {
        Self {
            pending,
            sleep: None,
        }
    }

    pub(super) fn pending(&self) -> &Arc<Pending> {
        &self.pending
    }

    pub(super) fn into_pending(self) -> Arc<Pending> {
        self.pending
    }

    /// Is ready when all has ended, or when the scope's limit has passed, which it reports; what is left then is counted by the scope
    /// around as what `outer` returns.
    pub(crate) fn poll(
        &mut self,
        context: &mut Context<'_>,
        outer: fn() -> Option<Adopted>,
    ) -> Poll<()> {
        if self.pending.poll_ended(context).is_ready() {
            return Poll::Ready(());
        }
        let Some(limit) = self.pending.limit() else {
            return Poll::Pending;
        };
        if self.sleep.is_none() {
            self.sleep = sleep(limit);
        }
        let Some(sleep) = &mut self.sleep else {
            return Poll::Pending;
        };
        ready!(sleep.as_mut().poll(context));
        report::limit_has_passed(limit, Some(self.pending.cleanups()));
        if let Some(outer) = outer() {
            self.pending.leave_to(outer);
        }
        Poll::Ready(())
    }
}

/// `None` on a runtime that has no clock.
pub(super) fn sleep(limit: Duration) -> Option<Pin<Box<Sleep>>> {
    contained(|| Box::pin(tokio::time::sleep(limit)))
}
