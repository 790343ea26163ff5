//! What a value may own and clean up with its own cleanup: guards, alone and in the usual containers.

use std::fmt::Debug;
use std::iter::Rev;
use std::slice::IterMut;

use async_trait::async_trait;
use futures_util::future::join_all;

use super::super::awaited_cleanup::await_cleanups;
use super::super::guard::{
    AsyncDrop, AsyncDropGuard, Ending, UnreturnedError, catching, clean_up, join, plain_error,
};

/// What a value may own and clean up with its own cleanup: a guard, or guards in the usual containers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a member that has a cleanup",
    label = "expected an `AsyncDropGuard`, or an `Option`, `Vec`, `Box`, array or tuple of guards",
    note = "put the value into a guard where it is made: `AsyncDropGuard::new(value)`"
)]
pub trait Member: Send {
    /// What the cleanup fails with.
    type Error: Debug;

    /// Cleans up one after the other, as far as that has not been done; `is_reported` says that an error will not be returned.
    fn clean_up(
        &mut self,
        is_reported: bool,
    ) -> impl Future<Output = Result<(), UnreturnedError<Self::Error>>> + Send;

    /// Cleans up concurrently, as far as that has not been done.
    fn clean_up_concurrently(
        &mut self,
        is_reported: bool,
    ) -> impl Future<Output = Result<(), UnreturnedError<Self::Error>>> + Send;
}

impl<T: AsyncDrop + Debug + Send> Member for AsyncDropGuard<T> {
    type Error = T::Error;

    async fn clean_up(&mut self, is_reported: bool) -> Result<(), UnreturnedError<T::Error>> {
        clean_up(self, is_reported).await
    }

    async fn clean_up_concurrently(
        &mut self,
        is_reported: bool,
    ) -> Result<(), UnreturnedError<T::Error>> {
        clean_up(self, is_reported).await
    }
}

impl<M: Member> Member for Option<M> {
    type Error = M::Error;

    async fn clean_up(&mut self, is_reported: bool) -> Result<(), UnreturnedError<M::Error>> {
        match self {
            Some(member) => member.clean_up(is_reported).await,
            None => Ok(()),
        }
    }

    async fn clean_up_concurrently(
        &mut self,
        is_reported: bool,
    ) -> Result<(), UnreturnedError<M::Error>> {
        match self {
            Some(member) => member.clean_up_concurrently(is_reported).await,
            None => Ok(()),
        }
    }
}

impl<M: Member> Member for [M]
where
    M::Error: Send,
{
    type Error = M::Error;

    async fn clean_up(&mut self, is_reported: bool) -> Result<(), UnreturnedError<M::Error>> {
        one_after_the_other(self.iter_mut(), is_reported).await
    }

    async fn clean_up_concurrently(
        &mut self,
        is_reported: bool,
    ) -> Result<(), UnreturnedError<M::Error>> {
        all_at_once(self.iter_mut(), is_reported).await
    }
}

/// A list from its end: `list.iter_mut().rev()`.
impl<M: Member> Member for Rev<IterMut<'_, M>>
where
    M::Error: Send,
{
    type Error = M::Error;

    async fn clean_up(&mut self, is_reported: bool) -> Result<(), UnreturnedError<M::Error>> {
        one_after_the_other(self, is_reported).await
    }

    async fn clean_up_concurrently(
        &mut self,
        is_reported: bool,
    ) -> Result<(), UnreturnedError<M::Error>> {
        all_at_once(self, is_reported).await
    }
}

async fn one_after_the_other<'a, M: Member + 'a>(
    members: impl Iterator<Item = &'a mut M>,
    is_reported: bool,
) -> Result<(), UnreturnedError<M::Error>> {
    let mut ending = Ending::new();
    for member in members {
        let is_reported = is_reported || ending.has_failed();
        ending.record(catching(member.clean_up(is_reported)).await);
    }
    ending.settle()
}

async fn all_at_once<'a, M: Member + 'a>(
    members: impl Iterator<Item = &'a mut M>,
    is_reported: bool,
) -> Result<(), UnreturnedError<M::Error>> {
    let cleanups = members.map(|member| member.clean_up_concurrently(is_reported));
    let mut ending = Ending::new();
    for ended in await_cleanups(join_all(cleanups.map(catching))).await {
        ending.record(ended);
    }
    ending.settle()
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
                is_reported: bool,
            ) -> impl Future<Output = Result<(), UnreturnedError<Self::Error>>> + Send {
                <$held as Member>::clean_up(self, is_reported)
            }

            fn clean_up_concurrently(
                &mut self,
                is_reported: bool,
            ) -> impl Future<Output = Result<(), UnreturnedError<Self::Error>>> + Send {
                <$held as Member>::clean_up_concurrently(self, is_reported)
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
        plain_error(Member::clean_up(self, false).await)
    }
}

/// The guards of a vector are cleaned up one after the other, from the first to the last.
///
/// Each is cleaned up even when an earlier one fails: the first error is returned, each further one is reported. A cleanup cut off
/// half-way reports the error that it had met, and the next one goes on with the guards that are left. Clean up concurrently with
/// [`async_drop_concurrently!`](crate::async_drop_concurrently).
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
        plain_error(Member::clean_up(self, false).await)
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

            async fn clean_up(&mut self, is_reported: bool) -> Result<(), UnreturnedError<Self::Error>> {
                let ($First, $($Rest),+) = self;
                let mut ending = Ending::new();
                ending.record(catching($First.clean_up(is_reported)).await);
                $(
                    let is_reported = is_reported || ending.has_failed();
                    ending.record(catching($Rest.clean_up(is_reported)).await);
                )+
                ending.settle()
            }

            async fn clean_up_concurrently(&mut self, is_reported: bool) -> Result<(), UnreturnedError<Self::Error>> {
                let ($First, $($Rest),+) = self;
                let first = $First.clean_up_concurrently(is_reported);
                $(let first = async {
                    let (first, result) = join(first, $Rest.clean_up_concurrently(is_reported)).await;
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
                plain_error(Member::clean_up(self, false).await)
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
    /// differ need a type of your own, with [`async_drop_in_order!`](crate::async_drop_in_order) or `#[derive(AsyncDrop)]`.
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
