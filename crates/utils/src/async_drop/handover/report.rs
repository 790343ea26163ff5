//! What is reported of a cleanup that went to a task.

use super::super::guard::report::TARGET;
use super::task::CleanupTask;

/// Says that a guard was dropped armed and that a task now sees to its cleanup.
pub(crate) fn handed_over(task: &CleanupTask) {
    tracing::warn!(
        target: TARGET,
        type_name = task.type_name(),
        origin = %task.origin(),
        "guard dropped armed: its cleanup goes on in a task"
    );
}

/// Reports the failure of a cleanup that nobody awaits any longer.
pub(crate) fn handed_over_cleanup_failed(task: &CleanupTask, error: &str) {
    tracing::error!(
        target: TARGET,
        error,
        type_name = task.type_name(),
        origin = %task.origin(),
        "cleanup failed in its task"
    );
}
