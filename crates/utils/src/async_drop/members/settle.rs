//! What becomes of the errors when several members are cleaned up: one is returned, the others are reported.

use std::fmt::Debug;
use std::mem;

use futures_util::FutureExt;

use super::super::guard::{AsyncDrop, CaughtPanic, Origin, UnreturnedError, catching};
use super::member::Member;

/// How the cleanups of the members so far went.
pub trait SoFar {
    /// Says whether an error that comes now is only reported.
    fn has_failed(&self) -> bool;
}

impl SoFar for () {
    fn has_failed(&self) -> bool {
        false
    }
}

impl<Earlier: SoFar, F: Debug, E> SoFar for (Earlier, Ended<F, E>) {
    fn has_failed(&self) -> bool {
        let (earlier, ended) = self;
        !matches!(ended.0, How::Well) || earlier.has_failed()
    }
}

/// How the cleanups of several members went, in their order: `((((), first), second), third)`.
pub trait Outcome<E> {
    /// Gives the first error, and reports the others; a panic goes on instead.
    fn settle(mut self) -> Result<(), E>
    where
        Self: Sized,
    {
        if let Some(panic) = self.first_panic() {
            // What is dropped is reported.
            drop(self);
            panic.go_on();
        }
        self.first_error()
    }

    #[doc(hidden)]
    fn first_panic(&mut self) -> Option<CaughtPanic>;

    #[doc(hidden)]
    fn first_error(self) -> Result<(), E>;
}

impl<E> Outcome<E> for () {
    fn first_panic(&mut self) -> Option<CaughtPanic> {
        None
    }

    fn first_error(self) -> Result<(), E> {
        Ok(())
    }
}

impl<E, Earlier, F> Outcome<E> for (Earlier, Ended<F, E>)
where
    Earlier: Outcome<E>,
    F: Debug,
{
    fn first_panic(&mut self) -> Option<CaughtPanic> {
        let (earlier, ended) = self;
        earlier.first_panic().or_else(|| ended.0.take_if_panicked())
    }

    fn first_error(self) -> Result<(), E> {
        let (earlier, ended) = self;
        earlier.first_error()?;
        match ended.0 {
            How::Well | How::Panicked(_) => Ok(()),
            How::Failed(failed) => Err((failed.convert)(failed.failure.into_error())),
        }
    }
}

/// How the cleanup of one member ended.
pub struct Ended<F: Debug, E>(How<F, E>);

enum How<F: Debug, E> {
    Well,
    Failed(Returnable<F, E>),
    Panicked(CaughtPanic),
}

impl<F: Debug, E> How<F, E> {
    fn take_if_panicked(&mut self) -> Option<CaughtPanic> {
        match mem::replace(self, Self::Well) {
            Self::Panicked(panic) => Some(panic),
            other => {
                *self = other;
                None
            }
        }
    }
}

impl<F: Debug, E> Ended<F, E> {
    fn new(
        ended: Result<Result<(), UnreturnedError<F>>, CaughtPanic>,
        convert: fn(F) -> E,
    ) -> Self {
        Self(match ended {
            Ok(Ok(())) => How::Well,
            Ok(Err(failure)) => How::Failed(Returnable { failure, convert }),
            Err(panic) => How::Panicked(panic),
        })
    }
}

/// A failure that becomes an `E` if it is the one to be returned; until then it is reported as what it is.
struct Returnable<F: Debug, E> {
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

/// Runs what a type does on its own before its members are cleaned up.
#[track_caller]
pub fn own_cleanup<T, F>(cleanup: F) -> impl Future<Output = Ended<T::Error, T::Error>>
where
    T: AsyncDrop,
    F: Future<Output = Result<(), T::Error>>,
{
    let origin = Origin::caller();
    catching(cleanup).map(move |ended| {
        let ended =
            ended.map(|result| result.map_err(|e| UnreturnedError::of_cleanup::<T>(e, origin)));
        Ended::new(ended, |error| error)
    })
}

// Functions and not methods: about a member that is none, the compiler has less to say then.

/// Cleans up one after the other, as far as that has not been done; `is_reported` says that an error will not be returned.
pub async fn in_order<M: Member + ?Sized, E>(
    is_reported: bool,
    returning: MemberReturning<'_, M, E>,
) -> Ended<M::Error, E> {
    let MemberReturning { member, convert } = returning;
    Ended::new(catching(member.clean_up(is_reported)).await, convert)
}

/// Cleans up concurrently, as far as that has not been done; `is_reported` says that an error will not be returned.
pub async fn concurrently<M: Member + ?Sized, E>(
    is_reported: bool,
    returning: MemberReturning<'_, M, E>,
) -> Ended<M::Error, E> {
    let MemberReturning { member, convert } = returning;
    Ended::new(
        catching(member.clean_up_concurrently(is_reported)).await,
        convert,
    )
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
