use std::fmt::{self, Debug};

use async_trait::async_trait;
use tokio::sync::{Mutex, MutexGuard};

use super::super::guard::{AsyncDrop, AsyncDropGuard, HoldsGuards};

/// A Tokio mutex over a guarded value, which cleans the value up when its own guard is.
///
/// `lock` gives the value's guard, so the holder can also replace the value under it, or clean it up early.
/// Its own cleanup needs no lock: whoever cleans up has the mutex to itself.
///
/// Take an [`AsyncDropArc`](crate::AsyncDropArc) alone when `&self` is all that the owners need, and an arc around this
/// mutex (`AsyncDropArc::new(AsyncDropTokioMutex::new(guard))`) when several owners need `&mut`. Take an
/// [`AsyncDropTokioRwLock`](crate::AsyncDropTokioRwLock) when most of them only read, for long.
///
/// # Dropping
///
/// Dropping the mutex's guard armed drops the value's guard when the mutex was made from a cancel-safe one. Otherwise it
/// is a forgotten guard like any other: by default it panics and names the mutex. The value is not cleaned up then, and
/// that is reported. Dropping what [`lock`](Self::lock) gave unlocks, and drops nothing else.
///
/// # Cancellation
///
/// When `async_drop` is cancelled half-way, the value is still in the mutex, the guard is still armed, and the next call
/// calls the value's cleanup again. A holder that is cancelled unlocks.
///
/// # Errors
///
/// What the value's cleanup fails with. A value that was cleaned up through the lock adds none.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDropGuard, AsyncDropTokioMutex};
/// # use async_drop_utils::AsyncDrop;
/// # #[derive(Debug)]
/// # struct Writer(Vec<u8>);
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Writer {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let mut writer = AsyncDropTokioMutex::new(AsyncDropGuard::new(Writer(vec![])));
/// writer.lock().await.0.push(1);
/// writer.async_drop().await?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct AsyncDropTokioMutex<T: AsyncDrop + Debug + Send> {
    mutex: Mutex<AsyncDropGuard<T>>,
    /// Of the guard that the mutex was made with: asking the guard itself could mean waiting for the lock.
    is_cancel_safe: bool,
}

impl<T: AsyncDrop + Debug + Send> AsyncDropTokioMutex<T> {
    /// Puts `guard` behind a mutex that is not locked.
    ///
    /// # Example
    ///
    /// See [`AsyncDropTokioMutex`].
    #[track_caller]
    pub fn new(guard: AsyncDropGuard<T>) -> AsyncDropGuard<Self> {
        let this = Self {
            is_cancel_safe: guard.is_cancel_safe(),
            mutex: Mutex::new(guard),
        };
        AsyncDropGuard::with_policy(this, Self::pass_on)
    }

    /// Waits until nobody else holds the lock, then lends the value's guard.
    ///
    /// Assigning over the guard drops the former one: clean that up first.
    ///
    /// # Cancellation
    ///
    /// A caller that is cancelled while it waits loses its place in the queue, and nothing else.
    ///
    /// # Example
    ///
    /// See [`AsyncDropTokioMutex`].
    pub async fn lock(&self) -> MutexGuard<'_, AsyncDropGuard<T>> {
        self.mutex.lock().await
    }

    /// Takes the value's own guard out of the mutex.
    ///
    /// # Panics
    ///
    /// `Value already dropped`, once `this` has been cleaned up.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropTokioMutex};
    /// # #[derive(Debug)]
    /// # struct Writer(Vec<u8>);
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Writer {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let shared = AsyncDropTokioMutex::new(AsyncDropGuard::new(Writer(vec![])));
    /// let mut writer: AsyncDropGuard<Writer> = AsyncDropTokioMutex::into_inner(shared);
    /// writer.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn into_inner(this: AsyncDropGuard<Self>) -> AsyncDropGuard<T> {
        this.unsafe_into_inner_dont_drop().mutex.into_inner()
    }
}

#[async_trait]
impl<T: AsyncDrop + Debug + Send> AsyncDrop for AsyncDropTokioMutex<T> {
    type Error = T::Error;

    async fn async_drop_impl(&mut self) -> Result<(), T::Error> {
        self.mutex.get_mut().async_drop().await
    }
}

impl<T: AsyncDrop + Debug + Send> HoldsGuards for AsyncDropTokioMutex<T> {
    fn held_guards_are_cancel_safe(&self) -> bool {
        self.is_cancel_safe
    }
}

impl<T: AsyncDrop + Debug + Send> Debug for AsyncDropTokioMutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mutex.try_lock() {
            Ok(guard) => f.debug_tuple("AsyncDropTokioMutex").field(&*guard).finish(),
            Err(_) => f.write_str("AsyncDropTokioMutex(<locked>)"),
        }
    }
}
