use std::any::type_name;
use std::fmt::Debug;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::FutureExt;

use super::super::guard::{AsyncDrop, AsyncDropGuard, Origin};
use super::report;
use super::task::CleanupTask;

/// A cleanup that owns what it cleans up.
pub(crate) type BoxedCleanup<E> = Pin<Box<dyn Future<Output = Result<(), E>> + Send>>;

/// A cleanup on its way to a task.
pub(crate) struct HandedOver {
    pub(crate) task: CleanupTask,
    cleanup: BoxedCleanup<String>,
}

impl HandedOver {
    /// Takes over the value of a guard that was dropped armed.
    pub(crate) fn value<T>(value: T, origin: Origin) -> Self
    where
        T: AsyncDrop + Debug + Send + 'static,
    {
        // Under a plain guard, so that a task that is dropped unfinished ends in the forgotten-guard hook.
        let mut guard = AsyncDropGuard::from_parts(value, origin, None);
        Self::under_way::<T>(origin, Box::pin(async move { guard.async_drop().await }))
    }

    /// Takes over a cleanup of a `T` that was cut off, to be finished.
    pub(crate) fn under_way<T>(origin: Origin, cleanup: BoxedCleanup<T::Error>) -> Self
    where
        T: AsyncDrop + 'static,
    {
        Self {
            task: CleanupTask::new(type_name::<T>(), origin),
            cleanup: Box::pin(cleanup.map(|result| result.map_err(|error| format!("{error:?}")))),
        }
    }

    /// Runs the cleanup to its end, and reports its failure; a panic of the cleanup counts as one.
    pub(crate) async fn run(self) -> Result<(), String> {
        let result = match AssertUnwindSafe(self.cleanup).catch_unwind().await {
            Ok(result) => result,
            Err(panic) => Err(format!("panicked: {}", panic_words(&*panic))),
        };
        if let Err(error) = &result {
            report::handed_over_cleanup_failed(&self.task, error);
        }
        result
    }
}

fn panic_words(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("not with words")
}
