use std::fmt::{self, Debug};
use std::ops::{Deref, DerefMut};

use super::super::reported::OnlyReportedIf;
use super::armed_drop::{ArmedDrop, Policy};
use super::forgotten::forgotten;
use super::origin::Origin;
use super::trait_def::AsyncDrop;
use super::unreturned_error::UnreturnedError;
use super::watched::watched;
use super::words::contained;

/// The words of the panic on every access to a value that has been cleaned up.
pub(crate) const ALREADY_DROPPED: &str = "Value already dropped";

/// Wraps a value and demands that its cleanup is awaited before it goes out of scope.
///
/// The guard derefs to its value. It is *armed* from [`new`](Self::new) until
/// [`async_drop`](Self::async_drop) has completed.
///
/// # Dropping
///
/// Dropping an armed plain guard calls the forgotten-guard hook, by default a panic that names the value, its type, and
/// the file and line where the guard was made. A cancel-safe guard hands its value to a cleanup task instead. While the thread is already panicking, a plain guard reports the loss (a `tracing` event at error level, target `async_drop`), never a
/// second panic. Dropping a guard that is done does nothing.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard};
/// # #[derive(Debug)]
/// # struct Connection;
/// # impl Connection { async fn ping(&self) -> std::io::Result<()> { Ok(()) } }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Connection {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let mut connection = AsyncDropGuard::new(Connection);
/// let pinged = connection.ping().await; // no `?` before the cleanup
/// connection.async_drop().await?;
/// pinged?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[must_use = "its cleanup has to be awaited with `.async_drop().await` before it goes out of scope"]
pub struct AsyncDropGuard<T: Debug> {
    /// `None` once the cleanup has completed or the value has been moved out.
    value: Option<T>,
    origin: Origin,
    /// `None` is the plain guard's: the forgotten-guard hook.
    policy: Option<Policy<T>>,
}

impl<T: Debug> AsyncDropGuard<T> {
    /// Wraps `value` in an armed guard.
    ///
    /// The caller's file and line are kept and named when the guard is forgotten.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self::from_parts(value, Origin::caller(), None)
    }

    /// Makes an armed guard that asks `policy` when it is dropped armed.
    #[track_caller]
    pub(crate) fn with_policy(value: T, policy: Policy<T>) -> Self {
        Self::from_parts(value, Origin::caller(), Some(policy))
    }

    pub(crate) fn from_parts(value: T, origin: Origin, policy: Option<Policy<T>>) -> Self {
        Self {
            value: Some(value),
            origin,
            policy,
        }
    }

    /// Says whether it is armed and has not been counted as such.
    #[cfg(feature = "tokio")]
    #[inline]
    pub(crate) fn is_uncounted(&self) -> bool {
        let is_counted = |policy: Policy<T>| policy(ArmedDrop::IsCounted, self.origin);
        self.value.is_some() && !self.policy.is_some_and(is_counted)
    }

    /// Gives the guard another policy; where it was made is kept.
    ///
    /// Put together from its parts: a guard that was just made is still on its way to memory, and copying it as a whole would wait for that.
    #[cfg(feature = "tokio")]
    #[inline]
    pub(crate) fn under_policy(mut self, policy: Policy<T>) -> Self {
        Self {
            value: self.value.take(),
            origin: self.origin,
            policy: Some(policy),
        }
    }

    /// Says whether a drop right now would lose no cleanup.
    pub(crate) fn is_cancel_safe(&self) -> bool {
        match (&self.value, self.policy) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(value), Some(policy)) => policy(ArmedDrop::IsSafe(value), self.origin),
        }
    }

    /// Makes a guard without a value, as if its cleanup had already completed.
    ///
    /// Useful as a placeholder to swap a real guard against. Every access panics.
    #[track_caller]
    pub fn new_invalid() -> Self {
        Self {
            value: None,
            origin: Origin::caller(),
            policy: None,
        }
    }

    /// Moves the value onto the heap, under a guard that is as armed as this one was.
    ///
    /// The new guard remembers where this one was made, and is a plain one: make it cancel-safe again where it has to be.
    pub fn into_box(self) -> AsyncDropGuard<Box<T>> {
        self.replace_value(|value| value.map(Box::new))
    }

    /// Replaces the value by `map`'s result, still under guard.
    ///
    /// *Unsafe* is a warning, not a keyword: the guard now awaits the cleanup of what `map` returns. What `map`
    /// does not carry over is never cleaned up. The new guard remembers where this one was made, and is a plain one.
    ///
    /// # Panics
    ///
    /// If the value has already been cleaned up. If `map` panics, the value is lost without cleanup.
    #[track_caller]
    pub fn map_unsafe<U: Debug>(self, map: impl FnOnce(T) -> U) -> AsyncDropGuard<U> {
        assert!(!self.is_dropped(), "{ALREADY_DROPPED}");
        self.replace_value(|value| value.map(map))
    }

    /// Moves the value out and gives up the guard: nothing demands its cleanup any longer.
    ///
    /// *Unsafe* is a warning, not a keyword. Whoever calls this takes over the duty to await the cleanup, usually by
    /// putting the value under another guard.
    ///
    /// # Panics
    ///
    /// If the value has already been cleaned up.
    #[track_caller]
    pub fn unsafe_into_inner_dont_drop(mut self) -> T {
        let value = self.value.take().expect(ALREADY_DROPPED);
        self.tell_disarmed();
        value
    }

    /// Says whether the cleanup has completed (or the guard never held a value).
    pub fn is_dropped(&self) -> bool {
        self.value.is_none()
    }

    /// Does not exist: a clone of the value would be a second value that nothing guards.
    ///
    /// Without this method, `guard.clone()` would compile whenever `T: Clone`, by way of `Deref`. Share the value with
    /// [`AsyncDropArc`](crate::AsyncDropArc) instead.
    #[doc(hidden)]
    #[allow(clippy::should_implement_trait, reason = "it is here to be rejected")]
    pub fn clone(&self) -> Self
    where
        Self: ShareWithAsyncDropArc,
    {
        self.clone_is_rejected()
    }

    /// Does not exist, as [`clone`](Self::clone): it would give the bare value, by way of `Deref`.
    #[doc(hidden)]
    pub fn to_owned(&self) -> Self
    where
        Self: ShareWithAsyncDropArc,
    {
        self.clone_is_rejected()
    }

    /// Tells the policy that there is nothing to do for it any more.
    #[inline]
    fn tell_disarmed(&self) {
        if let Some(policy) = self.policy {
            policy(ArmedDrop::Disarmed, self.origin);
        }
    }

    fn drop_value(&mut self) {
        // Taken first, dropped second: a `Drop` that panics finds the guard disarmed.
        let value = self.value.take();
        self.tell_disarmed();
        drop(value);
    }

    #[cold]
    #[inline(never)]
    fn cleanup_panicked(&mut self) {
        // A second panic out of a destructor would abort.
        contained(|| self.drop_value());
    }

    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }

    /// Kept out of `drop`, so that dropping a guard that is done is one comparison, inlined.
    #[cold]
    #[inline(never)]
    fn dropped_armed(&mut self) {
        match (self.policy, self.value.take()) {
            (_, None) => {}
            (None, Some(value)) => forgotten(value, self.origin),
            (Some(policy), mut value) => {
                policy(ArmedDrop::Happened(&mut value), self.origin);
            }
        }
    }

    fn replace_value<U: Debug>(
        mut self,
        replace: impl FnOnce(Option<T>) -> Option<U>,
    ) -> AsyncDropGuard<U> {
        let value = self.value.take();
        if value.is_some() {
            self.tell_disarmed();
        }
        AsyncDropGuard {
            value: replace(value),
            origin: self.origin,
            policy: None,
        }
    }
}

impl<T: AsyncDrop + Debug> AsyncDropGuard<T> {
    /// Awaits the value's cleanup, then drops the value; a second call does nothing and returns `Ok`.
    ///
    /// # Cancellation
    ///
    /// When the returned future is dropped before it is done, the value is still in the guard and the guard is still
    /// armed. The next call starts [`AsyncDrop::async_drop_impl`] again.
    ///
    /// # Errors
    ///
    /// What the cleanup failed with. The guard is done all the same: the value has been dropped, a second call returns `Ok`.
    ///
    /// # Panics
    ///
    /// Only if the cleanup, or the value's own `Drop`, does. The guard is done then too: a cleanup that has panicked is never run again,
    /// here or in a task, and the value is dropped before the panic goes on.
    pub async fn async_drop(&mut self) -> Result<(), T::Error> {
        let mut cleaning = CleaningUp {
            guard: self,
            has_panicked: false,
        };
        let Some(value) = &mut cleaning.guard.value else {
            return Ok(());
        };
        let result = watched(|| value.async_drop_impl(), &mut cleaning.has_panicked).await;
        cleaning
            .guard
            .end(result)
            .map_err(UnreturnedError::into_error)
    }

    /// Does what [`async_drop`](Self::async_drop) does, and leaves open whether the error can be returned; `is_reported` says that it cannot.
    ///
    /// Not written around `async_drop`: of many at once, each would be polled through one future more.
    #[allow(
        clippy::manual_async_fn,
        reason = "an async function's future stores each argument twice"
    )]
    pub(crate) fn async_drop_unreturned(
        &mut self,
        is_reported: bool,
    ) -> impl Future<Output = Result<(), UnreturnedError<T::Error>>> {
        async move {
            let mut cleaning = CleaningUp {
                guard: self,
                has_panicked: false,
            };
            let Some(value) = &mut cleaning.guard.value else {
                return Ok(());
            };
            let cleanup = OnlyReportedIf {
                is_known: is_reported,
                cleanup: watched(|| value.async_drop_impl(), &mut cleaning.has_panicked),
            };
            let result = cleanup.await;
            cleaning.guard.end(result)
        }
    }

    /// Does what [`async_drop`](Self::async_drop) does, by a future so small that a stream of many finds room for each where allocators are
    /// fast (120 bytes).
    pub(crate) fn async_drop_among_many(
        &mut self,
    ) -> impl Future<Output = Result<(), UnreturnedError<T::Error>>> {
        // Taken along, since what the future makes itself it keeps beside that of which it is made.
        let mut cleaning = CleaningUp {
            guard: self,
            has_panicked: false,
        };
        async move {
            let Some(value) = &mut cleaning.guard.value else {
                return Ok(());
            };
            let result = watched(|| value.async_drop_impl(), &mut cleaning.has_panicked).await;
            cleaning.guard.end(result)
        }
    }

    /// Does what [`async_drop`](Self::async_drop) does, by a future that owns the guard; not written around it either.
    ///
    /// Once polled, the guard is a plain one: whoever polls this counts it, and hands the future over when it is cut off.
    #[cfg(feature = "tokio")]
    #[allow(
        clippy::manual_async_fn,
        reason = "an async function's future stores each argument twice"
    )]
    pub(crate) fn into_cleanup(mut self) -> impl Future<Output = Result<(), T::Error>> {
        async move {
            self.policy = None;
            let mut cleaning = CleaningUp {
                guard: &mut self,
                has_panicked: false,
            };
            let Some(value) = &mut cleaning.guard.value else {
                return Ok(());
            };
            let result = watched(|| value.async_drop_impl(), &mut cleaning.has_panicked).await;
            cleaning
                .guard
                .end(result)
                .map_err(UnreturnedError::into_error)
        }
    }

    fn end(&mut self, result: Result<(), T::Error>) -> Result<(), UnreturnedError<T::Error>> {
        let origin = self.origin;
        // A `Drop` that panics leaves the error unreturned, and so reported.
        let result = result.map_err(|error| UnreturnedError::of_cleanup::<T>(error, origin));
        self.drop_value();
        result
    }
}

/// A guard while its cleanup is awaited.
///
/// Declared before the cleanup, and so dropped after it. A panic that leaves the cleanup finds the guard disarmed behind it, since
/// what has panicked must not run again; a cleanup that is cut off leaves the guard armed.
struct CleaningUp<'a, T: Debug> {
    guard: &'a mut AsyncDropGuard<T>,
    has_panicked: bool,
}

impl<T: Debug> Drop for CleaningUp<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.has_panicked {
            self.guard.cleanup_panicked();
        }
    }
}

impl<T: Debug> Drop for AsyncDropGuard<T> {
    #[inline]
    fn drop(&mut self) {
        if self.value.is_some() {
            self.dropped_armed();
        }
    }
}

impl<T: Debug> Deref for AsyncDropGuard<T> {
    type Target = T;

    /// # Panics
    ///
    /// `Value already dropped`, once the cleanup has completed.
    #[track_caller]
    fn deref(&self) -> &T {
        self.value.as_ref().expect(ALREADY_DROPPED)
    }
}

impl<T: Debug> DerefMut for AsyncDropGuard<T> {
    /// # Panics
    ///
    /// `Value already dropped`, once the cleanup has completed.
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect(ALREADY_DROPPED)
    }
}

impl<T: Debug> Debug for AsyncDropGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => f.debug_tuple("AsyncDropGuard").field(value).finish(),
            None => f.write_str("AsyncDropGuard(<dropped>)"),
        }
    }
}

/// A bound that nothing meets: it carries the compile error of [`AsyncDropGuard::clone`].
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an `AsyncDropGuard` cannot be cloned: nothing would guard the second value",
    label = "share the value instead: `AsyncDropArc::new(guard)`, then `AsyncDropArc::clone(&guard)`"
)]
pub trait ShareWithAsyncDropArc: Sized {
    #[doc(hidden)]
    fn clone_is_rejected(&self) -> Self;
}
