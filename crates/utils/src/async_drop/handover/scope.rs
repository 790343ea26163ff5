use std::cell::RefCell;
use std::fmt::{self, Debug};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::tracker::{CleanupTracker, process_wide};

thread_local! {
    static SCOPE: RefCell<Option<CleanupTracker>> = const { RefCell::new(None) };
}

/// The tracker of the innermost scope that is polled or dropped on this thread.
pub(crate) fn innermost_scope() -> Option<CleanupTracker> {
    // The thread may be ending, its locals gone.
    SCOPE
        .try_with(|scope| scope.borrow().clone())
        .ok()
        .flatten()
}

impl CleanupTracker {
    /// Runs `future` so that guards dropped armed in it hand their cleanup to this tracker.
    ///
    /// Tasks that `future` spawns are outside of the scope; wrap each of them. Scopes nest, the innermost counts.
    ///
    /// # Cancellation
    ///
    /// Dropping the returned future drops `future` inside the scope: what its guards hand over goes to this tracker.
    ///
    /// # Example
    ///
    /// See [`CleanupTracker`].
    pub fn scope<F: Future>(&self, future: F) -> CleanupScope<F> {
        CleanupScope::new(self.clone(), future)
    }

    /// The tracker that takes what is handed over here, and whether it is the process-wide one.
    pub(super) fn current() -> (Self, bool) {
        match innermost_scope() {
            Some(tracker) => (tracker, false),
            None => (process_wide(), true),
        }
    }
}

/// The future of [`CleanupTracker::scope`].
///
/// Dropping it drops the future inside, within the scope.
#[must_use = "futures do nothing unless polled"]
pub struct CleanupScope<F> {
    tracker: CleanupTracker,
    /// `None` only while `drop` runs.
    future: Pin<Box<Option<F>>>,
}

impl<F> CleanupScope<F> {
    fn new(tracker: CleanupTracker, future: F) -> Self {
        Self {
            tracker,
            future: Box::pin(Some(future)),
        }
    }

    fn enter<R>(&mut self, run: impl FnOnce(Pin<&mut Option<F>>) -> R) -> R {
        let outer = SCOPE
            .try_with(|scope| scope.borrow_mut().replace(self.tracker.clone()))
            .ok();
        // Put back also when `run` panics.
        let _restore = outer.map(Restore);
        run(self.future.as_mut())
    }
}

struct Restore(Option<CleanupTracker>);

impl Drop for Restore {
    fn drop(&mut self) {
        let outer = self.0.take();
        let _ = SCOPE.try_with(|scope| *scope.borrow_mut() = outer);
    }
}

impl<F: Future> Future for CleanupScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.get_mut().enter(|future| {
            future
                .as_pin_mut()
                .expect("polled while it is dropped")
                .poll(cx)
        })
    }
}

impl<F> Drop for CleanupScope<F> {
    fn drop(&mut self) {
        self.enter(|mut future| future.set(None));
    }
}

impl<F> Debug for CleanupScope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CleanupScope")
            .field("tracker", &self.tracker)
            .finish_non_exhaustive()
    }
}
