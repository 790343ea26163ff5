use std::fmt::Debug;
use std::pin::Pin;

use async_trait::async_trait;

/// Cleanup that has to be awaited: the asynchronous counterpart of [`Drop`].
///
/// Implement it on a type that owns something to close, flush, roll back or release, and hand the type out
/// only inside an [`AsyncDropGuard`](crate::AsyncDropGuard), which calls it. Code that uses the value calls
/// [`AsyncDropGuard::async_drop`](crate::AsyncDropGuard::async_drop), never this method.
///
/// The value's own [`Drop`] runs right after the cleanup has completed, whether it returned `Ok` or `Err`.
///
/// # Cancellation
///
/// A future can be dropped at every `await`, this one too. The value then stays in its guard, and the next
/// `async_drop` calls `async_drop_impl` again from the start. So keep what is still to do in `self` and make
/// each step one that may run twice: take a handle out of its `Option` only after it has been closed, and
/// let a second close of the same thing succeed.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard};
///
/// #[derive(Debug)]
/// struct Session {
///     unsent: Vec<u8>,
/// }
///
/// #[async_trait::async_trait]
/// impl AsyncDrop for Session {
///     type Error = std::io::Error;
///
///     async fn async_drop_impl(&mut self) -> Result<(), Self::Error> {
///         self.unsent.clear(); // a real session sends them here
///         Ok(())
///     }
/// }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let mut session = AsyncDropGuard::new(Session { unsent: vec![1, 2, 3] });
/// session.async_drop().await?;
/// assert!(session.is_dropped());
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[async_trait]
pub trait AsyncDrop {
    /// What the cleanup fails with. Cleanup that cannot fail says so with [`std::convert::Infallible`].
    type Error: Debug;

    /// Cleans up. Must tolerate being called again after its future was dropped half-way.
    ///
    /// # Errors
    ///
    /// Whatever the cleanup fails with. The guard does not try again: the value counts as cleaned up.
    async fn async_drop_impl(&mut self) -> Result<(), Self::Error>;
}

/// A boxed value is cleaned up like the value itself; a boxed `dyn AsyncDrop` too.
impl<T: AsyncDrop + ?Sized> AsyncDrop for Box<T> {
    type Error = T::Error;

    // The future is handed through: no second allocation, and no `T: Send`.
    fn async_drop_impl<'life0, 'async_trait>(
        &'life0 mut self,
    ) -> Pin<Box<dyn Future<Output = Result<(), Self::Error>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        (**self).async_drop_impl()
    }
}
