use std::any::type_name;
use std::fmt::{self, Debug};
use std::ops::{Deref, DerefMut};

use async_trait::async_trait;

use super::super::guard::{AsyncDrop, AsyncDropGuard};
use super::runs_once::RunsOnce;

/// The words of the panic on every access to a value that has gone into its closing, or was taken out.
const GONE: &str = "Value already closed or taken out";

/// Puts a value under a guard whose cleanup is an async closure that takes the value, without a type and without an `impl`.
///
/// For what is closed by value, such as `close(self)`, `rollback(self)` or a task to be awaited, and for a value of somebody else's type. The
/// guard derefs to the value. Write the closure as `async |value| …`, as `async move |value| …` where it keeps a variable, or name a function
/// such as `Client::close`; what it keeps has to be `Send + 'static`. Where the type is your own, [`AsyncDrop`] on it says the same for
/// all its users; where no value stands for the step, take [`AsyncDropDeferred`](crate::AsyncDropDeferred).
///
/// # Dropping
///
/// With the feature `tokio` the guard is cancel-safe: dropped armed, value and closure move to a cleanup task. Without that feature it is a
/// forgotten guard like any other. [`Closing::take`] gives the closing up on purpose.
///
/// # Cancellation
///
/// When `async_drop` is cancelled half-way, the closure's future stays in the guard, and the next call goes on with it where it
/// stands: the closure is never called twice.
///
/// # Errors
///
/// The cleanup fails with what the closure's future gives. One that cannot fail ends in `Ok::<_, Infallible>(())`.
///
/// # Example
///
/// ```
/// use std::io;
///
/// use async_drop_utils::{closing, with_async_drop};
/// # struct Client;
/// # impl Client {
/// #     async fn connect() -> io::Result<Self> { Ok(Self) }
/// #     async fn fetch(&mut self) -> io::Result<u32> { Ok(42) }
/// #     async fn close(self) -> io::Result<()> { Ok(()) }
/// # }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let client = closing(Client::connect().await?, async |client| client.close().await);
/// let fetched = with_async_drop!(client, { client.fetch().await })?;
/// # assert_eq!(fetched, 42);
/// # io::Result::Ok(()) }).unwrap();
/// ```
#[track_caller]
pub fn closing<T, E, F, Fut>(value: T, close: F) -> AsyncDropGuard<Closing<T, E>>
where
    T: Send + 'static,
    E: Debug + 'static,
    F: FnOnce(T) -> Fut + Send + 'static,
    Fut: Future<Output = Result<(), E>> + Send + 'static,
{
    let closing = Closing {
        value: Some(value),
        close: RunsOnce::new(close),
    };
    #[cfg(feature = "tokio")]
    return AsyncDropGuard::new_cancel_safe(closing);
    #[cfg(not(feature = "tokio"))]
    return AsyncDropGuard::new(closing);
}

/// A value and the async closure that closes it, as [`closing`] puts them under a guard; derefs to the value.
///
/// It is `Debug` whatever the value is, and shows the value's type.
///
/// # Panics
///
/// Access to the value panics with `Value already closed or taken out` once a closing that was cut off has begun, or after [`take`](Self::take).
///
/// # Example
///
/// As a member, it has a name that can be written:
///
/// ```
/// use std::io;
///
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard, Closing, closing};
/// # struct Socket;
/// # impl Socket { async fn shutdown(self) -> io::Result<()> { Ok(()) } }
///
/// #[derive(Debug, AsyncDrop)]
/// struct Session {
///     user: String,
///     socket: AsyncDropGuard<Closing<Socket, io::Error>>,
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut session = AsyncDropGuard::new(Session {
///     user: "ada".to_owned(),
///     socket: closing(Socket, async |socket| socket.shutdown().await),
/// });
/// # assert_eq!(session.user, "ada");
/// session.async_drop().await?;
/// # io::Result::Ok(()) }).unwrap();
/// ```
pub struct Closing<T, E> {
    /// `None` once the closing has begun or the value has been taken out.
    value: Option<T>,
    close: RunsOnce<T, E>,
}

impl<T, E> Closing<T, E> {
    /// Takes the value out, which is not closed then: what has become of it is its new owner's business.
    ///
    /// For a transaction that is committed instead of rolled back. The guard's cleanup has nothing left to do.
    ///
    /// # Panics
    ///
    /// If the value has been taken out already, or a closing that was cut off has begun.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::io;
    /// # use async_drop_utils::{Closing, closing, with_async_drop};
    /// # struct Transaction;
    /// # impl Transaction {
    /// #     async fn insert(&mut self, _: u32) -> io::Result<()> { Ok(()) }
    /// #     async fn commit(self) -> io::Result<()> { Ok(()) }
    /// #     async fn rollback(self) -> io::Result<()> { panic!("not to be called") }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let transaction = closing(Transaction, async |transaction| transaction.rollback().await);
    /// with_async_drop!(transaction, {
    ///     transaction.insert(42).await?;
    ///     Closing::take(&mut transaction).commit().await
    /// })?;
    /// # io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn take(this: &mut Self) -> T {
        this.value.take().expect(GONE)
    }
}

#[async_trait]
impl<T: Send, E: Debug> AsyncDrop for Closing<T, E> {
    type Error = E;

    async fn async_drop_impl(&mut self) -> Result<(), E> {
        let value = &mut self.value;
        self.close.run(|| value.take()).await
    }
}

impl<T, E> Deref for Closing<T, E> {
    type Target = T;

    #[track_caller]
    fn deref(&self) -> &T {
        self.value.as_ref().expect(GONE)
    }
}

impl<T, E> DerefMut for Closing<T, E> {
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect(GONE)
    }
}

impl<T, E> Debug for Closing<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Closing({})", type_name::<T>())
    }
}
