use std::fmt::{self, Debug};
use std::sync::{Arc, Weak};

use super::super::guard::{AsyncDrop, AsyncDropGuard, Origin};
use super::arc::AsyncDropArc;

/// Refers to a value that is shared through [`AsyncDropArc`], without being one of its owners.
///
/// The counterpart of [`std::sync::Weak`]. It does not delay the value's cleanup and needs none itself: for caches, back
/// references, and tasks that must not keep a value alive. [`upgrade`](Self::upgrade) makes an owner as long as there is another one.
///
/// # Dropping
///
/// Dropping it changes nothing for the value.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDropArc, AsyncDropGuard};
/// # use async_drop_utils::AsyncDrop;
/// # #[derive(Debug)]
/// # struct Pool;
/// # impl Pool { async fn ping(&self) {} }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Pool {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let mut pool = AsyncDropArc::new(AsyncDropGuard::new(Pool));
/// let weak = AsyncDropArc::downgrade(&pool);
/// if let Some(mut owner) = weak.upgrade() {
///     owner.ping().await;
///     owner.async_drop().await?;
/// }
/// pool.async_drop().await?; // the last owner: cleans up
/// assert!(weak.upgrade().is_none());
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct AsyncDropWeak<T: AsyncDrop + Debug + Send> {
    share: Weak<AsyncDropGuard<T>>,
}

impl<T: AsyncDrop + Debug + Send> AsyncDropWeak<T> {
    /// Makes a reference to nothing, whose [`upgrade`](Self::upgrade) always gives `None`.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropWeak};
    /// # #[derive(Debug)]
    /// # struct Pool;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Pool {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// let nothing = AsyncDropWeak::<Pool>::new();
    /// assert!(nothing.upgrade().is_none());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { share: Weak::new() }
    }

    fn to(share: Weak<AsyncDropGuard<T>>) -> Self {
        Self { share }
    }

    /// Makes one more owner, whose guard has to be cleaned up, unless the last owner has let go.
    ///
    /// `None` from the moment at which the last owner's cleanup starts, also when that is cancelled half-way.
    ///
    /// # Example
    ///
    /// See [`AsyncDropWeak`].
    #[track_caller]
    pub fn upgrade(&self) -> Option<AsyncDropGuard<AsyncDropArc<T>>> {
        let origin = Origin::caller();
        let share = self.share.upgrade()?;
        Some(AsyncDropArc::guarded(share, origin))
    }

    /// Counts the owners; this is none of them.
    ///
    /// Owners can appear and let go at any moment: the number is for tests and logs, not for decisions.
    ///
    /// # Example
    ///
    /// See [`ptr_eq`](Self::ptr_eq).
    #[must_use]
    pub fn strong_count(&self) -> usize {
        self.share.strong_count()
    }

    /// Says whether both refer to one value, or both to nothing.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropArc, AsyncDropGuard, AsyncDropWeak};
    /// # #[derive(Debug)]
    /// # struct Pool;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Pool {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let mut pool = AsyncDropArc::new(AsyncDropGuard::new(Pool));
    /// let weak = AsyncDropArc::downgrade(&pool);
    /// assert!(weak.ptr_eq(&weak.clone()));
    /// assert!(!weak.ptr_eq(&AsyncDropWeak::new()));
    /// assert_eq!(weak.strong_count(), 1);
    /// # pool.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        Weak::ptr_eq(&self.share, &other.share)
    }
}

impl<T: AsyncDrop + Debug + Send> AsyncDropArc<T> {
    /// Makes a reference to the value that is not an owner.
    ///
    /// # Panics
    ///
    /// `Value already dropped`, once `this` has been cleaned up.
    ///
    /// # Example
    ///
    /// See [`AsyncDropWeak`](crate::AsyncDropWeak).
    #[track_caller]
    pub fn downgrade(this: &AsyncDropGuard<Self>) -> AsyncDropWeak<T> {
        AsyncDropWeak::to(Arc::downgrade(this.share()))
    }
}

impl<T: AsyncDrop + Debug + Send> Clone for AsyncDropWeak<T> {
    fn clone(&self) -> Self {
        Self::to(Weak::clone(&self.share))
    }
}

impl<T: AsyncDrop + Debug + Send> Default for AsyncDropWeak<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: AsyncDrop + Debug + Send> Debug for AsyncDropWeak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AsyncDropWeak(..)")
    }
}
