use std::fmt::Debug;
use std::pin::pin;

use super::super::guard::{AsyncDrop, AsyncDropGuard, report_failed};
use super::super::tree::Scope;
use super::cancel_safe_here::CancelSafeHere;

impl<T: AsyncDrop + Debug + Send + 'static> AsyncDropGuard<T> {
    /// Guards a value first and opens it then: runs an async closure on the guarded value, and hands out the guard when it succeeds.
    ///
    /// For a value that knows what it will hold before it holds it, such as a lease that is named by who asks for it. A server grants when
    /// it reads the request; whoever is cancelled before the reply holds nothing and yet has to release. Here the guard is there
    /// before the request, and its cleanup has to get along with a value that is open half-way. Where that cannot be said, take
    /// [`acquire`](Self::acquire), which finishes the opening instead.
    ///
    /// # Cancellation
    ///
    /// With the feature `tokio` the guard is cancel-safe from the call on: when the returned future is dropped, also before its first poll, a
    /// cleanup task has the value. A cleanup that was under way goes on there. Without that feature the guard is a plain one.
    ///
    /// # Errors
    ///
    /// What `open` failed with, once the value has been cleaned up. A failure of that cleanup is reported.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::io;
    /// use async_drop_utils::{AsyncDrop, AsyncDropGuard};
    ///
    /// #[derive(Debug)]
    /// struct Lease {
    ///     name: String,
    /// }
    /// # async fn send(_: &str, _: &str) -> io::Result<()> { Ok(()) }
    ///
    /// impl Lease {
    ///     async fn acquire(name: &str) -> io::Result<AsyncDropGuard<Self>> {
    ///         let lease = Self { name: name.to_owned() };
    ///         AsyncDropGuard::init(lease, async |lease| send("grant", &lease.name).await).await
    ///     }
    /// }
    ///
    /// #[async_trait::async_trait]
    /// impl AsyncDrop for Lease {
    ///     type Error = io::Error;
    ///
    ///     async fn async_drop_impl(&mut self) -> io::Result<()> {
    ///         send("release", &self.name).await // succeeds also when nothing was granted
    ///     }
    /// }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # Lease::acquire("report").await?.async_drop().await
    /// # }).unwrap();
    /// ```
    #[track_caller]
    pub fn init<E, F>(value: T, open: F) -> impl Future<Output = Result<Self, E>>
    where
        F: AsyncFnOnce(&mut T) -> Result<(), E>,
    {
        #[cfg(feature = "tokio")]
        let guard = Self::new_cancel_safe(value);
        #[cfg(not(feature = "tokio"))]
        let guard = Self::new(value);
        opened(guard, open)
    }
}

async fn opened<T, E, F>(guard: AsyncDropGuard<T>, open: F) -> Result<AsyncDropGuard<T>, E>
where
    T: AsyncDrop + Debug + Send + 'static,
    F: AsyncFnOnce(&mut T) -> Result<(), E>,
{
    let scope = Scope::new();
    let mut guard = guard;
    let opened = {
        let _inside = scope.inside();
        let open = pin!(open(&mut guard));
        scope.run(open).await
    };
    match opened {
        Ok(()) => Ok(guard),
        Err(error) => {
            report_failed(CancelSafeHere::new(guard).clean_up().await);
            Err(error)
        }
    }
}
