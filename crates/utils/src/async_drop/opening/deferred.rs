use std::fmt::{self, Debug};

use async_trait::async_trait;

use super::super::guard::{AsyncDrop, AsyncDropGuard};
use super::runs_once::RunsOnce;

/// An async closure as a cleanup: it runs once, when its guard is cleaned up.
///
/// For a step that has to be undone and that no value stands for: a directory to remove, a registration to withdraw. Where a
/// value stands for it, implement [`AsyncDrop`] on that. Several steps belong on an
/// [`AsyncDropStack`](crate::AsyncDropStack), whose [`defer`](crate::AsyncDropStack::defer) makes one of these.
///
/// # Dropping
///
/// With the feature `tokio` the guard is cancel-safe: dropped armed, the closure moves to a cleanup task. Without that feature it is a
/// forgotten guard like any other. [`dismiss`](Self::dismiss) gives the cleanup up on purpose.
///
/// # Cancellation
///
/// When `async_drop` is cancelled half-way, the closure's future stays in the guard, and the next call goes on with it where it
/// stands: the closure is never called twice.
///
/// # Errors
///
/// What the closure's future gives.
///
/// # Example
///
/// ```
/// use std::io;
///
/// use async_drop_utils::AsyncDropDeferred;
/// # async fn lock(_: &str) -> io::Result<()> { Ok(()) }
/// # async fn unlock(_: &str) -> io::Result<()> { Ok(()) }
/// # async fn publish() -> io::Result<()> { Ok(()) }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// lock("release").await?;
/// let mut unlocked = AsyncDropDeferred::new(async || unlock("release").await);
/// let published = publish().await; // no `?` before the cleanup
/// unlocked.async_drop().await?;
/// published?;
/// # io::Result::Ok(()) }).unwrap();
/// ```
pub struct AsyncDropDeferred<E> {
    cleanup: RunsOnce<(), E>,
}

impl<E: Debug + 'static> AsyncDropDeferred<E> {
    /// Puts a closure under guard, to be called by the guard's `async_drop`.
    ///
    /// # Example
    ///
    /// See [`AsyncDropDeferred`].
    #[track_caller]
    pub fn new<F, Fut>(cleanup: F) -> AsyncDropGuard<Self>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
    {
        let deferred = Self {
            cleanup: RunsOnce::new(|()| cleanup()),
        };
        #[cfg(feature = "tokio")]
        return AsyncDropGuard::new_cancel_safe(deferred);
        #[cfg(not(feature = "tokio"))]
        return AsyncDropGuard::new(deferred);
    }

    /// Drops the closure without calling it: what it would undo is to stay.
    ///
    /// A closure whose future has started is dropped where it stands. A guard that is done stays done.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::io;
    /// # use async_drop_utils::AsyncDropDeferred;
    /// # async fn remove(_: &str) -> io::Result<()> { panic!("not to be called") }
    /// let removed = AsyncDropDeferred::new(async || remove("draft.txt").await);
    /// // The draft is complete: keep it.
    /// AsyncDropDeferred::dismiss(removed);
    /// ```
    pub fn dismiss(this: AsyncDropGuard<Self>) {
        if !this.is_dropped() {
            drop(this.unsafe_into_inner_dont_drop());
        }
    }
}

#[async_trait]
impl<E: Debug> AsyncDrop for AsyncDropDeferred<E> {
    type Error = E;

    async fn async_drop_impl(&mut self) -> Result<(), E> {
        self.cleanup.run(|| Some(())).await
    }
}

impl<E> Debug for AsyncDropDeferred<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AsyncDropDeferred(..)")
    }
}
