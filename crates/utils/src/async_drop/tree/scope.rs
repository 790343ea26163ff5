use std::mem::{self, ManuallyDrop};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use super::super::awaited_cleanup::cleanup_is_awaited;
use super::frame::{self, Entered, FrameKind};
use super::handing_over::{Place, end, given};
use super::inner::InnerEnded;

/// What the future of a scope declares before its values, so that it is dropped after them.
///
/// Dropped in the middle, the parts of a scope go in this order: the body's future (`RunBody`, then what it borrows),
/// `Inside`, the values, and this.
#[derive(Default)]
pub struct Scope {
    /// Something is kept for it by this thread, since it is being dropped. Atomic only so that the scope's future is `Send`.
    is_dropped: AtomicBool,
}

impl Scope {
    /// A scope that has not begun.
    pub const fn new() -> Self {
        Self {
            is_dropped: AtomicBool::new(false),
        }
    }

    /// To be declared between the values and the body's future.
    pub fn inside(&self) -> Inside<'_> {
        Inside(self)
    }

    /// Runs the body, then awaits what was handed over in it.
    pub fn run<'a, F: Future>(&'a self, body: Pin<&'a mut F>) -> RunBody<'a, F> {
        RunBody {
            unended: Some(self),
            body,
            output: ManuallyDrop::new(None),
            inner: ManuallyDrop::new(None),
        }
    }

    /// To be declared after the values, for as long as they are cleaned up by a future that borrows them.
    pub fn cleaning(&self) -> Cleaning<'_, false> {
        Cleaning(self)
    }

    /// The same for values that are cleaned up in the order in which they are dropped.
    pub fn cleaning_one_by_one(&self) -> Cleaning<'_, true> {
        Cleaning(self)
    }

    #[cold]
    fn begin_drop(&self, kind: FrameKind, is_held: bool, inner: Option<InnerEnded>) {
        if frame::begin(kind, is_held, inner.map(InnerEnded::into_pending)) {
            self.is_dropped.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        if *self.is_dropped.get_mut() {
            end(Place::AtOnce);
        }
    }
}

/// Dropped between the body and the values.
pub struct Inside<'a>(&'a Scope);

impl Drop for Inside<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_dropped.load(Ordering::Relaxed) {
            frame::go_on_with_own();
        }
    }
}

/// Dropped before the values whose cleanup is cut off.
pub struct Cleaning<'a, const ONE_BY_ONE: bool>(&'a Scope);

impl<const ONE_BY_ONE: bool> Cleaning<'_, ONE_BY_ONE> {
    /// The cleanup has ended.
    #[inline]
    pub fn end(self) {
        mem::forget(self);
    }
}

impl<const ONE_BY_ONE: bool> Drop for Cleaning<'_, ONE_BY_ONE> {
    fn drop(&mut self) {
        let kind = if ONE_BY_ONE {
            FrameKind::Inside
        } else {
            FrameKind::Own
        };
        self.0.begin_drop(kind, true, None);
    }
}

/// The future of a body.
pub struct RunBody<'a, F: Future> {
    /// The scope, until this has ended.
    unended: Option<&'a Scope>,
    body: Pin<&'a mut F>,
    /// While it waits for what the body has handed over. Both are emptied by whoever ends this, so that there is nothing to look for
    /// behind `drop`.
    output: ManuallyDrop<Option<F::Output>>,
    inner: ManuallyDrop<Option<InnerEnded>>,
}

// Nothing in it is pinned: the body is pinned where it is borrowed.
impl<F: Future> Unpin for RunBody<'_, F> {}

impl<F: Future> Future for RunBody<'_, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        if this.output.is_none() {
            let entered = Entered::body(&mut this.inner);
            let polled = this.body.as_mut().poll(context);
            drop(entered);
            let output = ready!(polled);
            if this.inner.is_none() {
                this.unended = None;
                return Poll::Ready(output);
            }
            *this.output = Some(output);
        }
        this.wait(context)
    }
}

impl<F: Future> RunBody<'_, F> {
    #[cold]
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        if let Some(inner) = &mut *self.inner {
            if inner.poll(context, frame::adopted).is_pending() {
                cleanup_is_awaited();
                return Poll::Pending;
            }
        }
        drop(self.inner.take());
        match self.output.take() {
            Some(output) => {
                self.unended = None;
                Poll::Ready(output)
            }
            None => Poll::Pending,
        }
    }
}

impl<F: Future> Drop for RunBody<'_, F> {
    #[inline]
    fn drop(&mut self) {
        if let Some(scope) = self.unended {
            scope.begin_drop(FrameKind::Inside, false, self.inner.take());
            if let Some(output) = self.output.take() {
                given(|| drop(output));
            }
        }
    }
}
