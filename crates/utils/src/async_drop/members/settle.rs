//! What becomes of the errors when several members are cleaned up: one is returned, the others are reported.

use std::fmt::Debug;

use super::super::guard::UnreturnedError;
use super::member::Member;

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
