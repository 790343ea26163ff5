use std::fmt::{self, Debug};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

/// Tells work that it should stop; [`run_to_end`](crate::run_until) gives it to the work.
///
/// Work that listens stops accepting and finishes what it has begun, within its share of the grace period. Work that has neither
/// cloned nor asked its handle by then does not listen, and is dropped.
///
/// Clones belong together: give one to each task.
///
/// # Example
///
/// See [`run_until`](crate::run_until).
pub struct Stopping {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    request: CancellationToken,
    is_heard: AtomicBool,
}

impl Stopping {
    /// Makes the handle for the work, and the other end of it.
    pub(super) fn new() -> (Self, Request) {
        let shared = Arc::<Shared>::default();
        let request = Request(Arc::clone(&shared));
        (Self { shared }, request)
    }

    /// Waits until the work should stop: the program has been asked to, or the work, of which this is a part, has ended.
    ///
    /// # Cancellation
    ///
    /// Nothing is lost: once requested, this is ready at once, whenever it is asked.
    pub async fn requested(&self) {
        self.listen();
        self.shared.request.cancelled().await;
    }

    /// Says whether the work should stop.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.listen();
        self.shared.request.is_cancelled()
    }

    fn listen(&self) {
        self.shared.is_heard.store(true, Ordering::Relaxed);
    }
}

impl Clone for Stopping {
    fn clone(&self) -> Self {
        // Whoever it is for will listen, and may not have come to it yet.
        self.listen();
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl Debug for Stopping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopping")
            .field("is_requested", &self.shared.request.is_cancelled())
            .finish()
    }
}

/// The other end of a [`Stopping`].
pub(super) struct Request(Arc<Shared>);

impl Request {
    pub(super) fn make(&self) {
        self.0.request.cancel();
    }

    /// Says whether the work has ever used its handle.
    pub(super) fn is_heard(&self) -> bool {
        self.0.is_heard.load(Ordering::Relaxed)
    }
}
