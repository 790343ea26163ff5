use std::borrow::Borrow;
use std::fmt::{self, Debug};
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

use super::super::guard::{ALREADY_DROPPED, AsyncDrop, AsyncDropGuard, HoldsGuards, Origin};
use super::last_owner::last_owner;

/// Shares a guarded value between owners, and has it cleaned up when the last owner lets go.
///
/// The counterpart of [`Arc`]. Each owner holds an `AsyncDropGuard<AsyncDropArc<T>>` and calls `async_drop` on it. The
/// last to do so awaits the value's cleanup and gets its result. All others return `Ok` at once. When several owners let
/// go at the same time, exactly one of them is the last.
///
/// Take an [`AsyncDropGuard`] alone when there is one owner, a reference when the others end before the owner does, an
/// [`AsyncDropShared`](crate::AsyncDropShared) when the value is still being made, and put an
/// [`AsyncDropTokioMutex`](crate::AsyncDropTokioMutex) inside when owners need `&mut`. [`downgrade`](Self::downgrade) refers to the
/// value without owning it.
///
/// # Dropping
///
/// Dropping an owner's guard armed gives up the share when the value's guard is cancel-safe. The last share to go drops the
/// value's guard, which hands the value to a cleanup task. Otherwise it is a forgotten guard like any other: by default it
/// panics and names the arc. The remaining owners are not affected. If it was the last share, the value is not cleaned
/// up, and that is reported.
///
/// # Cancellation
///
/// When the last owner's `async_drop` is cancelled half-way, that owner still holds the value and its guard is still
/// armed. The next call goes on: it calls the value's cleanup again. Owners that are not the last have nothing to await.
///
/// # Errors
///
/// The value's cleanup error goes to the last owner, and to nobody else.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDropArc, AsyncDropGuard};
/// # use async_drop_utils::AsyncDrop;
/// # #[derive(Debug)]
/// # struct Pool;
/// # impl Pool { async fn fetch(&self) {} }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Pool {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let mut pool = AsyncDropArc::new(AsyncDropGuard::new(Pool));
/// let mut theirs = AsyncDropArc::clone(&pool);
/// let worker = tokio::spawn(async move {
///     theirs.fetch().await;
///     theirs.async_drop().await
/// });
/// pool.fetch().await;
/// let mine = pool.async_drop().await;
/// worker.await.unwrap()?;
/// mine?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct AsyncDropArc<T: AsyncDrop + Debug + Send> {
    /// `None` once this owner has let go.
    share: Option<Arc<AsyncDropGuard<T>>>,
}

impl<T: AsyncDrop + Debug + Send> AsyncDropArc<T> {
    /// Makes the first owner of `guard`'s value.
    ///
    /// # Example
    ///
    /// See [`AsyncDropArc`].
    #[track_caller]
    pub fn new(guard: AsyncDropGuard<T>) -> AsyncDropGuard<Self> {
        Self::new_at(guard, Origin::caller())
    }

    /// Makes one more owner, whose guard has to be cleaned up too.
    ///
    /// It is not a method, since `guard.clone()` would look as if it cloned the value.
    ///
    /// # Panics
    ///
    /// `Value already dropped`, once `this` has been cleaned up.
    ///
    /// # Example
    ///
    /// See [`AsyncDropArc`].
    #[track_caller]
    pub fn clone(this: &AsyncDropGuard<Self>) -> AsyncDropGuard<Self> {
        this.clone_at(Origin::caller())
    }

    /// Counts the owners.
    ///
    /// Other owners can appear and let go at any moment: the number is for tests and logs, not for decisions.
    ///
    /// # Panics
    ///
    /// `Value already dropped`, once `this` has been cleaned up.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropArc, AsyncDropGuard};
    /// # #[derive(Debug)]
    /// # struct Pool;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Pool {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let mut first = AsyncDropArc::new(AsyncDropGuard::new(Pool));
    /// let mut second = AsyncDropArc::clone(&first);
    /// assert_eq!(AsyncDropArc::strong_count(&first), 2);
    /// second.async_drop().await?;
    /// assert_eq!(AsyncDropArc::strong_count(&first), 1);
    /// first.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn strong_count(this: &AsyncDropGuard<Self>) -> usize {
        Arc::strong_count(this.share())
    }

    /// Lets go of this share and returns the value's own guard if it was the last one.
    ///
    /// `None` means that other owners remain. Nothing is left to clean up here then. When all owners call this, exactly one
    /// of them gets the guard, also when they do so at the same time.
    ///
    /// # Panics
    ///
    /// `Value already dropped`, once `this` has been cleaned up.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropArc, AsyncDropGuard};
    /// # #[derive(Debug)]
    /// # struct Pool;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Pool {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let first = AsyncDropArc::new(AsyncDropGuard::new(Pool));
    /// let second = AsyncDropArc::clone(&first);
    /// assert!(AsyncDropArc::into_inner(first).is_none());
    /// let mut pool: AsyncDropGuard<Pool> = AsyncDropArc::into_inner(second).unwrap();
    /// pool.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    #[must_use = "the guard of the last owner has to be cleaned up"]
    pub fn into_inner(this: AsyncDropGuard<Self>) -> Option<AsyncDropGuard<T>> {
        let share = this.unsafe_into_inner_dont_drop().share;
        Arc::into_inner(share.expect(ALREADY_DROPPED))
    }

    /// Points at the shared value, for comparing and for logs.
    ///
    /// All owners see the same address, until the last owner's cleanup starts.
    ///
    /// # Panics
    ///
    /// `Value already dropped`, once `this` has been cleaned up.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropArc, AsyncDropGuard};
    /// # #[derive(Debug)]
    /// # struct Pool;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Pool {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let mut pool = AsyncDropArc::new(AsyncDropGuard::new(Pool));
    /// assert!(std::ptr::eq(AsyncDropArc::as_ptr(&pool), &**pool));
    /// pool.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn as_ptr(this: &AsyncDropGuard<Self>) -> *const T {
        this.value()
    }

    /// Says whether two owners share one value.
    ///
    /// # Panics
    ///
    /// `Value already dropped`, once `this` or `other` has been cleaned up.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropArc, AsyncDropGuard};
    /// # #[derive(Debug)]
    /// # struct Pool;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Pool {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let mut first = AsyncDropArc::new(AsyncDropGuard::new(Pool));
    /// let mut second = AsyncDropArc::clone(&first);
    /// let mut another = AsyncDropArc::new(AsyncDropGuard::new(Pool));
    /// assert!(AsyncDropArc::ptr_eq(&first, &second));
    /// assert!(!AsyncDropArc::ptr_eq(&first, &another));
    /// # first.async_drop().await?;
    /// # second.async_drop().await?;
    /// # another.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn ptr_eq(this: &AsyncDropGuard<Self>, other: &AsyncDropGuard<Self>) -> bool {
        Arc::ptr_eq(this.share(), other.share())
    }

    pub(crate) fn new_at(guard: AsyncDropGuard<T>, origin: Origin) -> AsyncDropGuard<Self> {
        Self::guarded(Arc::new(guard), origin)
    }

    #[track_caller]
    pub(crate) fn clone_at(&self, origin: Origin) -> AsyncDropGuard<Self> {
        Self::guarded(Arc::clone(self.share()), origin)
    }

    pub(crate) fn guarded(share: Arc<AsyncDropGuard<T>>, origin: Origin) -> AsyncDropGuard<Self> {
        let this = Self { share: Some(share) };
        AsyncDropGuard::from_parts(this, origin, Some(Self::pass_on))
    }

    #[track_caller]
    pub(super) fn share(&self) -> &Arc<AsyncDropGuard<T>> {
        self.share.as_ref().expect(ALREADY_DROPPED)
    }

    #[track_caller]
    fn value(&self) -> &T {
        self.share()
    }
}

impl<T: AsyncDrop + Debug + Send> AsyncDrop for AsyncDropArc<T> {
    type Error = T::Error;

    // By hand: the future holds the value and not the `Arc`, so that it is `Send` for a `T` that is not `Sync`.
    fn async_drop_impl<'life0, 'async_trait>(
        &'life0 mut self,
    ) -> Pin<Box<dyn Future<Output = Result<(), Self::Error>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let last = last_owner(&mut self.share);
        Box::pin(async move {
            match last {
                Some(guard) => guard.async_drop().await,
                None => Ok(()),
            }
        })
    }
}

impl<T: AsyncDrop + Debug + Send> HoldsGuards for AsyncDropArc<T> {
    fn held_guards_are_cancel_safe(&self) -> bool {
        self.share
            .as_ref()
            .is_none_or(|guard| guard.is_cancel_safe())
    }
}

impl<T: AsyncDrop + Debug + Send> Deref for AsyncDropArc<T> {
    type Target = T;

    /// # Panics
    ///
    /// `Value already dropped`, once this owner has let go.
    #[track_caller]
    fn deref(&self) -> &T {
        self.value()
    }
}

impl<T: AsyncDrop + Debug + Send> Borrow<T> for AsyncDropArc<T> {
    #[track_caller]
    fn borrow(&self) -> &T {
        self.value()
    }
}

impl<T: AsyncDrop + Debug + Send> Debug for AsyncDropArc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.share {
            Some(guard) => f.debug_tuple("AsyncDropArc").field(guard).finish(),
            None => f.write_str("AsyncDropArc(<given up>)"),
        }
    }
}
