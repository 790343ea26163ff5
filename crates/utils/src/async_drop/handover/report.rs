//! What is reported of a cleanup that went to a task.

use super::super::guard::contained;
use super::super::guard::report::TARGET;
use super::task::CleanupTask;

/// Says that a task now sees to a cleanup: a scope is made for being cancelled, a guard outside of one is not.
pub(crate) fn handed_over(task: &CleanupTask, is_held: bool) {
    let (type_name, origin) = (task.type_name(), task.origin());
    contained(|| {
        if is_held {
            tracing::debug!(target: TARGET, type_name, %origin, "scope cancelled: its cleanup is handed to a task");
        } else {
            tracing::warn!(target: TARGET, type_name, %origin, "guard dropped armed: its cleanup is handed to a task");
        }
    });
}

/// Reports the failure of a cleanup that nobody awaits any longer.
pub(crate) fn handed_over_cleanup_failed(task: &CleanupTask, error: &str) {
    contained(|| {
        tracing::error!(
            target: TARGET,
            error,
            type_name = task.type_name(),
            origin = %task.origin(),
            "cleanup failed in its task"
        );
    });
}
