//! What cannot be returned is reported: one `tracing` event each, with target `async_drop`.
//!
//! A subscriber that panics loses the event, and nothing else.

use std::any::type_name;
use std::fmt::Debug;

use super::origin::Origin;
use super::words::{Shown, contained};

/// The target of every event that this crate emits.
pub(crate) const TARGET: &str = "async_drop";

/// Reports a cleanup error that lost its way to the caller to an earlier error.
pub(crate) fn cleanup_failed<T: ?Sized>(error: &dyn Debug, origin: Origin) {
    let error = Shown(error);
    contained(
        || tracing::error!(target: TARGET, ?error, type_name = type_name::<T>(), %origin, "cleanup failed"),
    );
}

/// Reports a guard that went out of scope armed while its thread was already panicking.
pub(crate) fn forgotten_while_panicking<T: Debug>(value: &T, origin: Origin) {
    let value = Shown(value);
    contained(|| {
        tracing::error!(
            target: TARGET,
            ?value,
            type_name = type_name::<T>(),
            %origin,
            "cleanup skipped: the guard was dropped by a panic"
        );
    });
}

/// Reports a cleanup whose panic lost its way to an earlier one.
pub(crate) fn cleanup_panicked(words: &str) {
    contained(|| tracing::error!(target: TARGET, panic = words, "cleanup panicked"));
}

/// Reports the error of a constructor of a `T`, run beside others one of whose errors is returned.
pub(crate) fn constructor_failed<T>(error: &dyn Debug, origin: Origin) {
    let error = Shown(error);
    contained(
        || tracing::error!(target: TARGET, ?error, type_name = type_name::<T>(), %origin, "constructor failed"),
    );
}

/// Reports that a task which shares a `T` failed or panicked, when nobody asks for its result.
#[cfg(feature = "tokio")]
pub(crate) fn task_failed<T>(error: &dyn Debug, origin: Origin) {
    let error = Shown(error);
    contained(
        || tracing::error!(target: TARGET, ?error, type_name = type_name::<T>(), %origin, "task failed"),
    );
}

/// Reports that a second constructor failed with an `E` instead of making a `T`; the first one's error is returned.
pub(crate) fn constructor_failed_too<T, E>() {
    contained(|| {
        tracing::error!(
            target: TARGET,
            type_name = type_name::<T>(),
            error_type = type_name::<E>(),
            "constructor failed after another had: its error is dropped"
        );
    });
}
