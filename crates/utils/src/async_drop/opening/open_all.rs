use std::fmt::Debug;
use std::future::ready;
use std::panic::Location;
use std::pin::pin;

use futures_util::FutureExt;
use futures_util::future::{join, join_all};

use super::super::awaited_cleanup::await_cleanups;
use super::super::guard::{
    AsyncDrop, AsyncDropGuard, CaughtPanic, Origin, UnreturnedError, catching, report,
};
use super::super::tree::Scope;
use super::cancel_safe_here::CancelSafeHere;

/// Awaits several constructors concurrently, and gives all of their guards or the first error.
///
/// `constructors` is a tuple of two to eight futures, or a `Vec` or an array of futures of one type; all fail with one error type.
/// The guards come in the same shape and order. When one constructor fails, the others are still awaited to their end, so that none is
/// cut off half-way; then what they made is cleaned up, concurrently. Put a timeout around a constructor that may take long.
///
/// Take [`AsyncDropStack::construct`](crate::AsyncDropStack::construct) when one constructor needs what another makes, and
/// [`flatten_async_drop`](crate::flatten_async_drop) when two results are there already. With `try_join!` instead, the first failure drops
/// the other constructors where they stand, and the guards that they have made.
///
/// # Cancellation
///
/// With the feature `tokio`: when the returned future is dropped, constructors that are not done are dropped where they stand, and every guard
/// that has been made hands its value to a cleanup task, whatever guard it is; a cleanup that was under way goes on there. The guards
/// that are returned are as cancel-safe as they came. Without that feature, guards are dropped as they are.
///
/// # Errors
///
/// The error of the first constructor, in the order given, that failed. Each further one is reported, and each cleanup that fails.
///
/// # Panics
///
/// When one of these cleanups panics, the others run to their end; then the panic goes on, and the constructor's error is reported.
///
/// # Example
///
/// ```
/// use std::io;
///
/// use async_drop_utils::{AsyncDropGuard, open_all};
/// # use async_drop_utils::AsyncDrop;
/// # #[derive(Debug)]
/// # struct Connection;
/// # impl Connection {
/// #     async fn open(address: &str) -> io::Result<AsyncDropGuard<Self>> {
/// #         if address == "nowhere" { Err(io::ErrorKind::NotFound.into()) } else { Ok(AsyncDropGuard::new(Self)) }
/// #     }
/// # }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Connection {
/// #     type Error = io::Error;
/// #     async fn async_drop_impl(&mut self) -> io::Result<()> { Ok(()) }
/// # }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (mut store, mut cache) = open_all((Connection::open("store"), Connection::open("cache"))).await?;
///
/// let mirrors: Vec<_> = ["here", "nowhere", "there"].map(Connection::open).into();
/// let failed = open_all(mirrors).await; // cleans up `here` and `there`
/// assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::NotFound);
/// # store.async_drop().await?;
/// # cache.async_drop().await?;
/// # io::Result::Ok(()) }).unwrap();
/// ```
#[track_caller]
pub fn open_all<C: Constructors>(
    constructors: C,
) -> impl Future<Output = Result<C::Guards, C::Error>> {
    constructors.open_all(Location::caller())
}

/// What [`open_all`] awaits: a tuple, `Vec` or array of futures that give `Result<AsyncDropGuard<T>, E>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of constructors",
    label = "expected a tuple, `Vec` or array of futures with output `Result<AsyncDropGuard<T>, E>`, of one error type",
    note = "collect an iterator of constructors into a `Vec`"
)]
pub trait Constructors: sealed::Sealed {
    /// The guards, in the shape and order of the constructors.
    type Guards;

    /// What the constructors fail with.
    type Error;

    #[doc(hidden)]
    fn open_all(
        self,
        place: &'static Location<'static>,
    ) -> impl Future<Output = Result<Self::Guards, Self::Error>>;
}

mod sealed {
    pub trait Sealed {}
}

/// How one constructor ended: either is safe to drop at any moment.
type Opened<T, E> = Result<CancelSafeHere<T>, UnreturnedError<E>>;

async fn open<T, E>(
    constructor: impl Future<Output = Result<AsyncDropGuard<T>, E>>,
    place: &'static Location<'static>,
) -> Opened<T, E>
where
    T: AsyncDrop + Debug + Send + 'static,
    E: Debug,
{
    match constructor.await {
        Ok(guard) => Ok(CancelSafeHere::new(guard)),
        Err(error) => Err(UnreturnedError::new(
            error,
            report::constructor_failed::<T>,
            Origin::at(place),
        )),
    }
}

/// Gives the panic of the cleanup, so that the others run.
async fn close<T: AsyncDrop + Debug + Send + 'static>(
    opened: Option<CancelSafeHere<T>>,
) -> Option<CaughtPanic> {
    // What fails is not returned, and so reported.
    catching(opened?.clean_up()).await.map(drop).err()
}

/// Gives the error once all guards have been closed; a panic of a cleanup goes on instead, and the error is reported.
fn settle<E: Debug>(error: UnreturnedError<E>, panic: Option<CaughtPanic>) -> E {
    match panic {
        None => error.into_error(),
        Some(panic) => {
            drop(error);
            panic.go_on()
        }
    }
}

/// Keeps the first error, and reports each further one.
fn keep_first<T, E>(
    opened: Opened<T, E>,
    first: &mut Option<UnreturnedError<E>>,
) -> Option<CancelSafeHere<T>>
where
    T: AsyncDrop + Debug + Send + 'static,
    E: Debug,
{
    match opened {
        Ok(guard) => Some(guard),
        Err(error) => {
            first.get_or_insert(error);
            None
        }
    }
}

impl<F> sealed::Sealed for Vec<F> {}

impl<F, T, E> Constructors for Vec<F>
where
    F: Future<Output = Result<AsyncDropGuard<T>, E>>,
    T: AsyncDrop + Debug + Send + 'static,
    E: Debug,
{
    type Guards = Vec<AsyncDropGuard<T>>;
    type Error = E;

    async fn open_all(self, place: &'static Location<'static>) -> Result<Self::Guards, E> {
        let opening = self.into_iter().map(|constructor| open(constructor, place));
        let mut first = None;
        let scope = Scope::new();
        let opened = {
            let _inside = scope.inside();
            let opening = pin!(join_all(opening));
            scope.run(opening).await
        };
        let opened: Vec<_> = opened
            .into_iter()
            .map(|opened| keep_first(opened, &mut first))
            .collect();
        match first {
            None => {
                let guards = opened.into_iter().flatten();
                Ok(guards.map(CancelSafeHere::into_guard).collect())
            }
            Some(error) => {
                let closing = join_all(opened.into_iter().map(close));
                let panics = await_cleanups(closing).await;
                // Each further one is dropped, and so reported.
                Err(settle(error, panics.into_iter().flatten().next()))
            }
        }
    }
}

impl<F, const N: usize> sealed::Sealed for [F; N] {}

impl<F, T, E, const N: usize> Constructors for [F; N]
where
    F: Future<Output = Result<AsyncDropGuard<T>, E>>,
    T: AsyncDrop + Debug + Send + 'static,
    E: Debug,
{
    type Guards = [AsyncDropGuard<T>; N];
    type Error = E;

    async fn open_all(self, place: &'static Location<'static>) -> Result<Self::Guards, E> {
        let guards = Vec::from(self).open_all(place).await?;
        Ok(guards
            .try_into()
            .unwrap_or_else(|_| unreachable!("as many guards as constructors")))
    }
}

/// `((((), a), b), c)` of `a b c`.
macro_rules! nested {
    ($done:tt) => { $done };
    ($done:tt $next:ident $($rest:ident)*) => { nested!(($done, $next) $($rest)*) };
}

macro_rules! tuples {
    ($(($($F:ident $T:ident),+);)+) => {$(
        impl<$($F),+> sealed::Sealed for ($($F,)+) {}

        #[allow(non_snake_case, reason = "each binding is named for its type")]
        impl<$($F, $T,)+ E> Constructors for ($($F,)+)
        where
            $($F: Future<Output = Result<AsyncDropGuard<$T>, E>>,)+
            $($T: AsyncDrop + Debug + Send + 'static,)+
            E: Debug,
        {
            type Guards = ($(AsyncDropGuard<$T>,)+);
            type Error = E;

            async fn open_all(self, place: &'static Location<'static>) -> Result<Self::Guards, E> {
                let ($($F,)+) = self;
                let opening = ready(());
                $(let opening = join(opening, open($F, place));)+
                let scope = Scope::new();
                let nested!(() $($T)+) = {
                    let _inside = scope.inside();
                    let opening = pin!(opening);
                    scope.run(opening).await
                };
                let mut first = None;
                $(let $T = keep_first($T, &mut first);)+
                match ($($T,)+ first) {
                    ($(Some($T),)+ None) => Ok(($($T.into_guard(),)+)),
                    ($($T,)+ first) => {
                        let closing = ready(None);
                        $(let closing = join(closing, close($T)).map(|(earlier, this)| earlier.or(this));)+
                        let panic = closing.await;
                        let error = first.expect("a constructor that made no guard failed");
                        Err(settle(error, panic))
                    }
                }
            }
        }
    )+};
}

tuples! {
    (FA A, FB B);
    (FA A, FB B, FC C);
    (FA A, FB B, FC C, FD D);
    (FA A, FB B, FC C, FD D, FE G);
    (FA A, FB B, FC C, FD D, FE G, FF H);
    (FA A, FB B, FC C, FD D, FE G, FF H, FG I);
    (FA A, FB B, FC C, FD D, FE G, FF H, FG I, FH J);
}
