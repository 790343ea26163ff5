use std::fmt::Debug;

use async_trait::async_trait;

use super::super::guard::{AsyncDrop, AsyncDropGuard, HoldsGuards};

/// The result of a constructor, under one guard: cleaning it up cleans up the value if there is one.
///
/// For a place that wants a guard whether construction succeeded or not: a field, an
/// [`AsyncDropShared`](crate::AsyncDropShared) future, a map. Where the error can be returned at once, return it instead.
///
/// # Dropping
///
/// Dropping its guard armed is a forgotten guard like any other when the value inside is under a plain guard. A cancel-safe guard inside
/// sees to its value itself, and an error has nothing to clean up.
///
/// # Cancellation
///
/// When `async_drop` is cancelled half-way, the value is still in the result, the guard is still armed, and the next call calls the
/// value's cleanup again.
///
/// # Errors
///
/// What the value's cleanup fails with. The constructor's error is not among it: [`err`](Self::err) and
/// [`into_inner`](Self::into_inner) give that.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropResult};
/// # #[derive(Debug)]
/// # struct Connection;
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Connection {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let connected: Result<_, String> = Ok(AsyncDropGuard::new(Connection));
/// let mut result = AsyncDropResult::new(connected);
/// assert!(result.ok().is_some());
/// result.async_drop().await?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct AsyncDropResult<T, E>
where
    T: AsyncDrop + Debug + Send,
    E: Debug + Send,
{
    result: Result<AsyncDropGuard<T>, E>,
}

impl<T, E> AsyncDropResult<T, E>
where
    T: AsyncDrop + Debug + Send,
    E: Debug + Send,
{
    /// Puts the result under a guard.
    #[track_caller]
    pub fn new(result: Result<AsyncDropGuard<T>, E>) -> AsyncDropGuard<Self> {
        AsyncDropGuard::with_policy(Self { result }, Self::pass_on)
    }

    /// The value's guard, unless the constructor failed.
    pub fn ok(&self) -> Option<&AsyncDropGuard<T>> {
        self.result.as_ref().ok()
    }

    /// The constructor's error, if it failed.
    pub fn err(&self) -> Option<&E> {
        self.result.as_ref().err()
    }

    /// The result as it was put in.
    pub fn as_inner(&self) -> &Result<AsyncDropGuard<T>, E> {
        &self.result
    }

    /// Takes the result out again: the value's own guard demands the cleanup from now on.
    ///
    /// # Panics
    ///
    /// `Value already dropped`, if the guard has been cleaned up.
    #[track_caller]
    pub fn into_inner(guard: AsyncDropGuard<Self>) -> Result<AsyncDropGuard<T>, E> {
        guard.unsafe_into_inner_dont_drop().result
    }
}

#[async_trait]
impl<T, E> AsyncDrop for AsyncDropResult<T, E>
where
    T: AsyncDrop + Debug + Send,
    E: Debug + Send,
{
    type Error = T::Error;

    async fn async_drop_impl(&mut self) -> Result<(), T::Error> {
        match &mut self.result {
            Ok(guard) => guard.async_drop().await,
            Err(_) => Ok(()),
        }
    }
}

impl<T, E> HoldsGuards for AsyncDropResult<T, E>
where
    T: AsyncDrop + Debug + Send,
    E: Debug + Send,
{
    fn held_guards_are_cancel_safe(&self) -> bool {
        match &self.result {
            Ok(guard) => guard.is_cancel_safe(),
            Err(_) => true,
        }
    }
}
