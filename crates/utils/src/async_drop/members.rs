//! Cleaning up the members of a value: in order or concurrently, and never stopping at one that fails.

use std::fmt::Debug;

use async_trait::async_trait;
use futures_util::future::{join, join_all};

use super::__private::{clean_up, plain_error};
use super::unreturned_error::UnreturnedError;
use super::{AsyncDrop, AsyncDropGuard};

/// Awaits the cleanup of several members one after the other, in the order written, and never skips the rest.
///
/// It evaluates to `Result<(), E>` and is for [`async_drop_impl`](crate::AsyncDrop::async_drop_impl) of a type that owns
/// several guards and has more to do than `#[derive(AsyncDrop)]` does. A member is a guard, or an
/// `Option`, `Vec`, `Box`, array or tuple of members. `E` comes from the place where the result goes, and has to implement
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
        $(let outcome = (
            outcome,
            $crate::__private::in_order($crate::__private::converting(&mut $member)).await,
        );)+
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
            $crate::__private::concurrently($crate::__private::converting(&mut $member)),
        );)+
        $crate::__private::Outcome::settle(outcome.await)
    }};
}

/// What a value may own and clean up with its own cleanup: a guard, or guards in the usual containers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a member that has a cleanup",
    label = "expected an `AsyncDropGuard`, or an `Option`, `Vec`, `Box`, array or tuple of guards",
    note = "put the value into a guard where it is made: `AsyncDropGuard::new(value)`"
)]
pub trait Member: Send {
    /// What the cleanup fails with.
    type Error: Debug;

    /// Cleans up one after the other, as far as that has not been done.
    fn clean_up(&mut self)
    -> impl Future<Output = Result<(), UnreturnedError<Self::Error>>> + Send;

    /// Cleans up concurrently, as far as that has not been done.
    fn clean_up_concurrently(
        &mut self,
    ) -> impl Future<Output = Result<(), UnreturnedError<Self::Error>>> + Send;
}

/// How the cleanups of several members went, in their order: `((((), first), second), third)`.
pub trait Outcome<E> {
    /// Gives the first error, and reports the others.
    fn settle(self) -> Result<(), E>;
}

impl<E> Outcome<E> for () {
    fn settle(self) -> Result<(), E> {
        Ok(())
    }
}

impl<E, Earlier, F> Outcome<E> for (Earlier, Result<(), Returnable<F, E>>)
where
    Earlier: Outcome<E>,
    F: Debug,
{
    fn settle(self) -> Result<(), E> {
        let (earlier, result) = self;
        earlier.settle()?;
        result.map_err(|failed| (failed.convert)(failed.failure.into_error()))
    }
}

/// A failure that becomes an `E` if it is the one to be returned; until then it is reported as what it is.
#[must_use = "it is returned or reported"]
pub struct Returnable<F: Debug, E> {
    failure: UnreturnedError<F>,
    convert: fn(F) -> E,
}

/// A member, and how its error becomes the one that is returned.
pub struct MemberReturning<'a, M: Member + ?Sized, E> {
    member: &'a mut M,
    convert: fn(M::Error) -> E,
}

/// Takes a member whose error converts into the one that is returned.
pub fn converting<E, M>(member: &mut M) -> MemberReturning<'_, M, E>
where
    M: Member + ?Sized,
    M::Error: Into<E>,
{
    MemberReturning {
        member,
        convert: Into::into,
    }
}

/// Takes a member whose error is that of the first one.
pub fn like_first<E, M>(member: &mut M) -> MemberReturning<'_, M, E>
where
    M: Member + ?Sized,
    M::Error: SameError<E>,
{
    MemberReturning {
        member,
        convert: SameError::same,
    }
}

// Functions and not methods: about a member that is none, the compiler has less to say then.

/// Cleans up one after the other, as far as that has not been done.
pub async fn in_order<M: Member + ?Sized, E>(
    returning: MemberReturning<'_, M, E>,
) -> Result<(), Returnable<M::Error, E>> {
    let MemberReturning { member, convert } = returning;
    let result = member.clean_up().await;
    result.map_err(|failure| Returnable { failure, convert })
}

/// Cleans up concurrently, as far as that has not been done.
pub async fn concurrently<M: Member + ?Sized, E>(
    returning: MemberReturning<'_, M, E>,
) -> Result<(), Returnable<M::Error, E>> {
    let MemberReturning { member, convert } = returning;
    let result = member.clean_up_concurrently().await;
    result.map_err(|failure| Returnable { failure, convert })
}

/// An error type that is the same as that of the first member.
#[diagnostic::on_unimplemented(
    message = "the guards of this type fail with different errors: `{First}` the first, `{Self}` this one",
    label = "its cleanup fails with `{Self}`",
    note = "state one error that implements `From` of each: `#[async_drop(error = MyError)]` on the type"
)]
pub trait SameError<First>: Sized {
    #[doc(hidden)]
    fn same(self) -> First;
}

impl<E> SameError<E> for E {
    fn same(self) -> E {
        self
    }
}

impl<T: AsyncDrop + Debug + Send> Member for AsyncDropGuard<T> {
    type Error = T::Error;

    async fn clean_up(&mut self) -> Result<(), UnreturnedError<T::Error>> {
        clean_up(self).await
    }

    async fn clean_up_concurrently(&mut self) -> Result<(), UnreturnedError<T::Error>> {
        clean_up(self).await
    }
}

impl<M: Member> Member for Option<M> {
    type Error = M::Error;

    async fn clean_up(&mut self) -> Result<(), UnreturnedError<M::Error>> {
        match self {
            Some(member) => member.clean_up().await,
            None => Ok(()),
        }
    }

    async fn clean_up_concurrently(&mut self) -> Result<(), UnreturnedError<M::Error>> {
        match self {
            Some(member) => member.clean_up_concurrently().await,
            None => Ok(()),
        }
    }
}

impl<M: Member> Member for [M]
where
    M::Error: Send,
{
    type Error = M::Error;

    async fn clean_up(&mut self) -> Result<(), UnreturnedError<M::Error>> {
        let mut first = Ok(());
        for member in self {
            let result = member.clean_up().await;
            // What is not kept is dropped, and so reported.
            first = first.and(result);
        }
        first
    }

    async fn clean_up_concurrently(&mut self) -> Result<(), UnreturnedError<M::Error>> {
        let results = join_all(self.iter_mut().map(Member::clean_up_concurrently)).await;
        results.into_iter().fold(Ok(()), Result::and)
    }
}

/// Members that are cleaned up as what they hold is.
macro_rules! same_as_what_it_holds {
    ($([$($parameters:tt)*] $member:ty => $held:ty),+ $(,)?) => {$(
        impl<$($parameters)*> Member for $member
        where
            $held: Member,
            $member: Send,
        {
            type Error = <$held as Member>::Error;

            fn clean_up(
                &mut self,
            ) -> impl Future<Output = Result<(), UnreturnedError<Self::Error>>> + Send {
                <$held as Member>::clean_up(self)
            }

            fn clean_up_concurrently(
                &mut self,
            ) -> impl Future<Output = Result<(), UnreturnedError<Self::Error>>> + Send {
                <$held as Member>::clean_up_concurrently(self)
            }
        }
    )+};
}

same_as_what_it_holds! {
    [M] Vec<M> => [M],
    [M, const N: usize] [M; N] => [M],
    [M: ?Sized] Box<M> => M,
    ['a, M: ?Sized] &'a mut M => M,
}

/// An optional guard is cleaned up when it is there.
///
/// A cleanup cut off half-way leaves the guard armed; the next one goes on with it.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard};
/// # #[derive(Debug)]
/// # struct Connection;
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Connection {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let spare = Some(AsyncDropGuard::new(Connection));
/// let mut spare = AsyncDropGuard::new(spare);
/// spare.async_drop().await?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[async_trait]
impl<T: AsyncDrop + Debug + Send> AsyncDrop for Option<AsyncDropGuard<T>> {
    type Error = T::Error;

    async fn async_drop_impl(&mut self) -> Result<(), T::Error> {
        plain_error(Member::clean_up(self).await)
    }
}

/// The guards of a vector are cleaned up one after the other, from the first to the last.
///
/// Each is cleaned up even when an earlier one fails: the first error is returned, each further one is reported. A cleanup cut off
/// half-way reports the error that it had met, and the next one goes on with the guards that are left. Clean up concurrently with
/// [`async_drop_concurrently!`].
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard};
/// # #[derive(Debug)]
/// # struct Connection;
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Connection {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let connections: Vec<_> = (0..3).map(|_| AsyncDropGuard::new(Connection)).collect();
/// let mut connections = AsyncDropGuard::new(connections);
/// connections.async_drop().await?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[async_trait]
impl<T> AsyncDrop for Vec<AsyncDropGuard<T>>
where
    T: AsyncDrop + Debug + Send,
    T::Error: Send,
{
    type Error = T::Error;

    async fn async_drop_impl(&mut self) -> Result<(), T::Error> {
        plain_error(Member::clean_up(self).await)
    }
}

macro_rules! tuples {
    ($($(#[$attribute:meta])* ($First:ident $(, $Rest:ident)+);)+) => {$(
        #[diagnostic::do_not_recommend]
        #[allow(non_snake_case, reason = "each binding is named for its type")]
        impl<$First: Member, $($Rest: Member<Error = $First::Error>),+> Member for ($First, $($Rest),+)
        where
            $First::Error: Send,
        {
            type Error = $First::Error;

            async fn clean_up(&mut self) -> Result<(), UnreturnedError<Self::Error>> {
                let ($First, $($Rest),+) = self;
                let first = $First.clean_up().await;
                $(
                    let result = $Rest.clean_up().await;
                    let first = first.and(result);
                )+
                first
            }

            async fn clean_up_concurrently(&mut self) -> Result<(), UnreturnedError<Self::Error>> {
                let ($First, $($Rest),+) = self;
                let first = $First.clean_up_concurrently();
                $(let first = async {
                    let (first, result) = join(first, $Rest.clean_up_concurrently()).await;
                    first.and(result)
                };)+
                first.await
            }
        }

        $(#[$attribute])*
        #[diagnostic::do_not_recommend]
        #[async_trait]
        impl<$First, $($Rest),+> AsyncDrop for (AsyncDropGuard<$First>, $(AsyncDropGuard<$Rest>),+)
        where
            $First: AsyncDrop + Debug + Send,
            $First::Error: Send,
            $($Rest: AsyncDrop<Error = $First::Error> + Debug + Send),+
        {
            type Error = $First::Error;

            async fn async_drop_impl(&mut self) -> Result<(), Self::Error> {
                plain_error(Member::clean_up(self).await)
            }
        }
    )+};
}

tuples! {
    /// The guards of a tuple, two to eight whose cleanups fail with the same error type, are cleaned up one after the other, from the
    /// first to the last.
    ///
    /// Each is cleaned up even when an earlier one fails: the first error is returned, each further one is reported. A cleanup cut
    /// off half-way reports the error that it had met, and the next one goes on with the guards that are left. Error types that
    /// differ need a type of your own, with [`async_drop_in_order!`] or `#[derive(AsyncDrop)]`.
    (A, B);
    /// As for two guards.
    (A, B, C);
    /// As for two guards.
    (A, B, C, D);
    /// As for two guards.
    (A, B, C, D, E);
    /// As for two guards.
    (A, B, C, D, E, F);
    /// As for two guards.
    (A, B, C, D, E, F, G);
    /// As for two guards.
    (A, B, C, D, E, F, G, H);
}
