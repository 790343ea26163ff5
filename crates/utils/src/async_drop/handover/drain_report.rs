use std::fmt::{self, Display};

use super::armed::ArmedGuards;
use super::task::CleanupTask;

/// How cleanup tasks have ended since the last [`drain`](crate::drain), and which have not.
///
/// Its `Display` is one line a task that did not finish, after a line of counts.
#[derive(Clone, Debug, Default)]
#[must_use = "it says which cleanups failed or were still running"]
pub struct DrainReport {
    /// The cleanups that have finished.
    pub finished: Vec<CleanupTask>,
    /// The cleanups that have failed, panicked or been abandoned; each has been reported, too.
    pub failed: Vec<FailedCleanup>,
    /// The cleanups that had not ended when the deadline passed; in the report of [`drain`](crate::drain) those of all trackers. They go on as
    /// long as their runtime does.
    pub still_running: Vec<CleanupTask>,
    /// The cancel-safe guards that were armed when the deadline passed; empty in the report of a
    /// [`CleanupTracker`](crate::CleanupTracker), which does not wait for them.
    pub still_armed: Vec<ArmedGuards>,
}

impl DrainReport {
    /// Says whether no cleanup failed, none was still running and no cancel-safe guard was still armed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.failed.is_empty() && self.still_running.is_empty() && self.still_armed.is_empty()
    }
}

impl Display for DrainReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cleanup tasks: {} finished, {} failed, {} still running",
            self.finished.len(),
            self.failed.len(),
            self.still_running.len()
        )?;
        for failed in &self.failed {
            write!(f, "\nfailed: {failed}")?;
        }
        for task in &self.still_running {
            write!(f, "\nstill running: {task}")?;
        }
        for guards in &self.still_armed {
            write!(f, "\nstill {guards}")?;
        }
        Ok(())
    }
}

/// A cleanup task that ended otherwise than it should.
#[derive(Clone, Debug)]
pub struct FailedCleanup {
    /// What was cleaned up, and where its guard was made.
    pub task: CleanupTask,
    /// The error's `Debug`; `panicked: …` when the cleanup panicked, `abandoned: …` when its runtime shut down first.
    pub error: String,
}

impl Display for FailedCleanup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.task, self.error)
    }
}
