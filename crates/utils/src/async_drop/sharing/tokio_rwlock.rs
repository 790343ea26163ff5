use std::fmt::{self, Debug};

use async_trait::async_trait;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::super::guard::{AsyncDrop, AsyncDropGuard, HoldsGuards};

/// A Tokio read-write lock over a guarded value, which cleans the value up when its own guard is.
///
/// Any number of readers hold it at a time, or one writer. Both get the value's guard; a writer can also replace the value under it,
/// or clean it up early. Its own cleanup needs no lock: whoever cleans up has the lock to itself.
///
/// Take an [`AsyncDropTokioMutex`](crate::AsyncDropTokioMutex) when most holders write or hold it briefly: it is the cheaper one,
/// and its value need not be `Sync` to be used from several threads. Put an [`AsyncDropArc`](crate::AsyncDropArc) around this lock when
/// it has several owners.
///
/// # Dropping
///
/// Dropping the lock's guard armed drops the value's guard when the lock was made from a cancel-safe one. Otherwise it
/// is a forgotten guard like any other: by default it panics and names the lock. The value is not cleaned up then, and
/// that is reported. Dropping what [`read`](Self::read) or [`write`](Self::write) gave unlocks, and drops nothing else.
///
/// # Cancellation
///
/// When `async_drop` is cancelled half-way, the value is still in the lock, the guard is still armed, and the next call
/// calls the value's cleanup again. A holder that is cancelled unlocks.
///
/// # Errors
///
/// What the value's cleanup fails with. A value that was cleaned up through the lock adds none.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDropGuard, AsyncDropTokioRwLock};
/// # use async_drop_utils::AsyncDrop;
/// # #[derive(Debug)]
/// # struct Routes(Vec<String>);
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Routes {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let mut routes = AsyncDropTokioRwLock::new(AsyncDropGuard::new(Routes(vec![])));
/// routes.write().await.0.push("/health".to_owned());
/// let (first, second) = tokio::join!(routes.read(), routes.read()); // both at a time
/// assert_eq!(first.0.len(), second.0.len());
/// drop((first, second));
/// routes.async_drop().await?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct AsyncDropTokioRwLock<T: AsyncDrop + Debug + Send> {
    lock: RwLock<AsyncDropGuard<T>>,
    /// Of the guard that the lock was made with: asking the guard itself could mean waiting for a writer.
    is_cancel_safe: bool,
}

impl<T: AsyncDrop + Debug + Send> AsyncDropTokioRwLock<T> {
    /// Puts `guard` behind a lock that nobody holds.
    ///
    /// # Example
    ///
    /// See [`AsyncDropTokioRwLock`].
    #[track_caller]
    pub fn new(guard: AsyncDropGuard<T>) -> AsyncDropGuard<Self> {
        let this = Self {
            is_cancel_safe: guard.is_cancel_safe(),
            lock: RwLock::new(guard),
        };
        AsyncDropGuard::with_policy(this, Self::pass_on)
    }

    /// Waits until no writer holds the lock or came first, then lends the value's guard for reading.
    ///
    /// # Cancellation
    ///
    /// A caller that is cancelled while it waits loses its place in the queue, and nothing else.
    ///
    /// # Example
    ///
    /// See [`AsyncDropTokioRwLock`].
    pub async fn read(&self) -> RwLockReadGuard<'_, AsyncDropGuard<T>> {
        self.lock.read().await
    }

    /// Waits until nobody holds the lock, then lends the value's guard for writing.
    ///
    /// Assigning over the guard drops the former one: clean that up first.
    ///
    /// # Cancellation
    ///
    /// A caller that is cancelled while it waits loses its place in the queue, and nothing else.
    ///
    /// # Example
    ///
    /// See [`AsyncDropTokioRwLock`].
    pub async fn write(&self) -> RwLockWriteGuard<'_, AsyncDropGuard<T>> {
        self.lock.write().await
    }

    /// Takes the value's own guard out of the lock.
    ///
    /// # Panics
    ///
    /// `Value already dropped`, once `this` has been cleaned up.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropTokioRwLock};
    /// # #[derive(Debug)]
    /// # struct Routes(Vec<String>);
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Routes {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let shared = AsyncDropTokioRwLock::new(AsyncDropGuard::new(Routes(vec![])));
    /// let mut routes: AsyncDropGuard<Routes> = AsyncDropTokioRwLock::into_inner(shared);
    /// routes.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn into_inner(this: AsyncDropGuard<Self>) -> AsyncDropGuard<T> {
        this.unsafe_into_inner_dont_drop().lock.into_inner()
    }
}

#[async_trait]
impl<T: AsyncDrop + Debug + Send> AsyncDrop for AsyncDropTokioRwLock<T> {
    type Error = T::Error;

    async fn async_drop_impl(&mut self) -> Result<(), T::Error> {
        self.lock.get_mut().async_drop().await
    }
}

impl<T: AsyncDrop + Debug + Send> HoldsGuards for AsyncDropTokioRwLock<T> {
    fn held_guards_are_cancel_safe(&self) -> bool {
        self.is_cancel_safe
    }
}

impl<T: AsyncDrop + Debug + Send> Debug for AsyncDropTokioRwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lock.try_read() {
            Ok(guard) => f
                .debug_tuple("AsyncDropTokioRwLock")
                .field(&*guard)
                .finish(),
            Err(_) => f.write_str("AsyncDropTokioRwLock(<locked>)"),
        }
    }
}
