use std::any::Any;
use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::guard::{AsyncDrop, AsyncDropGuard, CaughtPanic, catching, clean_up};

/// Stands for a guard that an [`AsyncDropStack`](crate::AsyncDropStack) holds: with it the guard is borrowed and taken back.
///
/// It belongs to the stack whose `push` returned it, and to the one that [`take_all`](crate::AsyncDropStack::take_all) moved the
/// guard to. It can be taken back only once, so this is not `Copy`. Dropping it changes nothing: the guard stays on the stack.
///
/// # Example
///
/// See [`AsyncDropStack`](crate::AsyncDropStack).
pub struct Held<T> {
    number: u64,
    value: PhantomData<fn() -> T>,
}

impl<T> Held<T> {
    /// Greater than that of every guard pushed before, on whichever stack.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

impl<T> Debug for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Held({})", self.number)
    }
}

/// Numbers members for the whole process, so that no stack takes another's for its own.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);

/// The first error of a stack until it is known that it will be returned; dropped uncalled, it is reported.
pub(crate) type Failure<E> = Box<dyn FnOnce() -> E + Send>;

/// A cleanup that owns its guard, so that it can stop half-way and go on later.
pub(crate) type Unwinding<E> = Pin<Box<dyn Future<Output = Unwound<E>> + Send>>;

/// How the cleanup of one member ended.
pub(crate) type Unwound<E> = Result<Result<(), Failure<E>>, CaughtPanic>;

/// One guard on a stack whose errors are of type `E`.
pub(crate) struct Member<E>(Box<dyn AnyGuard<E>>);

impl<E> Member<E> {
    pub(crate) fn new<T, M>(guard: AsyncDropGuard<T>, err_map: M) -> (Self, Held<T>)
    where
        T: AsyncDrop + Debug + Send + 'static,
        T::Error: Send,
        M: FnOnce(T::Error) -> E + Send + 'static,
    {
        let held = Held {
            number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
            value: PhantomData,
        };
        (Self(Box::new(Pushed { guard, err_map })), held)
    }

    pub(crate) fn is_cancel_safe(&self) -> bool {
        self.0.is_cancel_safe()
    }

    pub(crate) fn clean_up(self) -> Unwinding<E> {
        self.0.clean_up()
    }

    pub(crate) fn guard<T: Debug + 'static>(&self) -> Option<&AsyncDropGuard<T>> {
        self.0.as_any().downcast_ref()
    }

    pub(crate) fn guard_mut<T: Debug + 'static>(&mut self) -> Option<&mut AsyncDropGuard<T>> {
        self.0.as_any_mut().downcast_mut()
    }

    pub(crate) fn into_guard<T: Debug + 'static>(mut self) -> Option<AsyncDropGuard<T>> {
        let guard = self.guard_mut()?;
        Some(mem::replace(guard, AsyncDropGuard::new_invalid()))
    }
}

impl<E> Debug for Member<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A guard of some type.
trait AnyGuard<E>: Debug + Send {
    fn clean_up(self: Box<Self>) -> Unwinding<E>;
    fn is_cancel_safe(&self) -> bool;
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

struct Pushed<T: Debug, M> {
    guard: AsyncDropGuard<T>,
    err_map: M,
}

impl<T, M, E> AnyGuard<E> for Pushed<T, M>
where
    T: AsyncDrop + Debug + Send + 'static,
    T::Error: Send,
    M: FnOnce(T::Error) -> E + Send + 'static,
{
    fn clean_up(self: Box<Self>) -> Unwinding<E> {
        let Self { mut guard, err_map } = *self;
        Box::pin(catching(async move {
            let result = clean_up(&mut guard, false).await;
            result.map_err(|failed| -> Failure<E> { Box::new(|| err_map(failed.into_error())) })
        }))
    }

    fn is_cancel_safe(&self) -> bool {
        self.guard.is_cancel_safe()
    }

    fn as_any(&self) -> &dyn Any {
        &self.guard
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        &mut self.guard
    }
}

impl<T: Debug, M> Debug for Pushed<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.guard.fmt(f)
    }
}
