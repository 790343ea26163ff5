//! Cleaning up the members of a value by hand: in order or concurrently, and never stopping at one that fails.

/// Awaits the cleanup of several members one after the other, in the order written, and never skips the rest.
///
/// It evaluates to `Result<(), E>` and is for [`async_drop_impl`](crate::AsyncDrop::async_drop_impl) of a type that owns
/// several guards and has more to do than `#[derive(AsyncDrop)]` does. A member is a guard, or an
/// `Option`, `Vec`, `Box`, array or tuple of members; `list.iter_mut().rev()` is a list that is cleaned up last in, first out. `E` comes from the place where the result goes, and has to implement
/// `From` of each member's error, which its own type does.
///
/// # Cancellation
///
/// When the surrounding future is dropped, the members that are done stay done, the others stay armed, and an error that
/// had already occurred is reported. Running it again goes on with those that are left.
///
/// # Errors
///
/// The error of the first member, in the order written, whose cleanup fails. All others are cleaned up all the same, and each
/// further error is reported.
///
/// # Panics
///
/// When a member's cleanup panics, once all the others have run; a further panic is reported.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard, async_drop_in_order};
/// # #[derive(Debug)]
/// # struct Transaction;
/// # #[derive(Debug)]
/// # struct Connection;
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Transaction {
/// #     type Error = std::fmt::Error;
/// #     async fn async_drop_impl(&mut self) -> Result<(), Self::Error> { Ok(()) }
/// # }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Connection {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> Result<(), Self::Error> { Ok(()) }
/// # }
/// # #[derive(Debug)]
/// # struct CloseError;
/// # impl From<std::fmt::Error> for CloseError { fn from(_: std::fmt::Error) -> Self { Self } }
/// # impl From<std::io::Error> for CloseError { fn from(_: std::io::Error) -> Self { Self } }
///
/// #[derive(Debug)]
/// struct Session {
///     transaction: AsyncDropGuard<Transaction>,
///     spare: Option<AsyncDropGuard<Connection>>,
///     connection: AsyncDropGuard<Connection>,
/// }
///
/// #[async_trait::async_trait]
/// impl AsyncDrop for Session {
///     type Error = CloseError;
///
///     async fn async_drop_impl(&mut self) -> Result<(), CloseError> {
///         async_drop_in_order!(self.transaction, self.spare, self.connection)
///     }
/// }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let mut session = AsyncDropGuard::new(Session {
/// #     transaction: AsyncDropGuard::new(Transaction),
/// #     spare: Some(AsyncDropGuard::new(Connection)),
/// #     connection: AsyncDropGuard::new(Connection),
/// # });
/// # session.async_drop().await.unwrap();
/// # });
/// ```
#[macro_export]
macro_rules! async_drop_in_order {
    ($($member:expr),+ $(,)?) => {{
        let outcome = ();
        $(
            let is_reported = $crate::__private::SoFar::has_failed(&outcome);
            let outcome = (
                outcome,
                $crate::__private::in_order(is_reported, $crate::__private::converting(&mut $member))
                    .await,
            );
        )+
        $crate::__private::Outcome::settle(outcome)
    }};
}

/// Awaits the cleanup of several members concurrently, within this one task, and never skips the rest.
///
/// Like [`async_drop_in_order!`], but no member waits for another: for members that do not need each other, such as
/// connections to several servers. The guards in an `Option`, `Vec`, array or tuple are cleaned up concurrently, too.
///
/// # Cancellation
///
/// As with [`async_drop_in_order!`]. Members whose cleanup had started begin it again.
///
/// # Errors
///
/// The error of the first member, in the order written, whose cleanup fails, whichever failed earlier. All others are cleaned
/// up all the same, and each further error is reported.
///
/// # Panics
///
/// As with [`async_drop_in_order!`].
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard, async_drop_concurrently};
/// # #[derive(Debug)]
/// # struct Connection;
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Connection {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> Result<(), Self::Error> { Ok(()) }
/// # }
///
/// #[derive(Debug)]
/// struct Cluster {
///     leader: AsyncDropGuard<Connection>,
///     followers: Vec<AsyncDropGuard<Connection>>,
/// }
///
/// #[async_trait::async_trait]
/// impl AsyncDrop for Cluster {
///     type Error = std::io::Error;
///
///     async fn async_drop_impl(&mut self) -> std::io::Result<()> {
///         async_drop_concurrently!(self.leader, self.followers)
///     }
/// }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let mut cluster = AsyncDropGuard::new(Cluster {
/// #     leader: AsyncDropGuard::new(Connection),
/// #     followers: vec![AsyncDropGuard::new(Connection)],
/// # });
/// # cluster.async_drop().await.unwrap();
/// # });
/// ```
#[macro_export]
macro_rules! async_drop_concurrently {
    ($($member:expr),+ $(,)?) => {{
        let outcome = $crate::__private::ready(());
        $(let outcome = $crate::__private::join(
            outcome,
            $crate::__private::concurrently(false, $crate::__private::converting(&mut $member)),
        );)+
        $crate::__private::Outcome::settle(outcome.await)
    }};
}
