//! A child process in a group of its own: told to end, killed with what it has started, and waited for.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::process::{Child, ChildStdout, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

// ANCHOR: job
/// A child and what it starts, as one process group.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::end, error = io::Error)]
pub struct Job {
    child: Child,
    patience: Duration,
}

impl Job {
    /// Starts the child. When it is told to end, it has as long as `patience`.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start(mut command: Command, patience: Duration) -> io::Result<AsyncDropGuard<Self>> {
        let child = command.process_group(0).spawn()?;
        Ok(AsyncDropGuard::new_cancel_safe(Self { child, patience })) // no await, no `?` between
    }

    /// What the child prints, where the command has a pipe for it.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Waits for the child, and kills what it leaves behind. May be cut off.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.exited().await?;
        self.tell(Signal::KILL);
        self.child.wait().await
    }

    async fn end(&mut self) -> io::Result<()> {
        self.tell(Signal::TERM);
        let _ = timeout(self.patience, self.exited()).await;
        self.tell(Signal::KILL); // also where the child has ended: its own children may not
        self.child.wait().await.map(drop)
    }

    /// Tells the group. The child has not been waited for: its number is still its own.
    fn tell(&self, signal: Signal) {
        if let Some(group) = self.number() {
            let _ = kill_process_group(group, signal);
        }
    }

    /// The number of the child and of its group, up to the end of `child.wait()`.
    fn number(&self) -> Option<Pid> {
        Pid::from_raw(self.child.id()?.try_into().ok()?)
    }

    /// Sees the child's end, and leaves the waiting to others.
    async fn exited(&self) -> io::Result<()> {
        let mut ended = signal(SignalKind::child())?; // before the look
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        while let Some(number) = self.number() {
            if waitid(WaitId::Pid(number), look)?.is_some() {
                break;
            }
            ended.recv().await;
        }
        Ok(())
    }
}
// ANCHOR_END: job

/// Lends a job to `work`, and ends it when that has ended, has failed or is cut off.
///
/// # Errors
///
/// Those of the work, or of the job's start and end.
pub async fn with_job<R>(
    command: Command,
    patience: Duration,
    work: impl AsyncFnOnce(&mut Job) -> io::Result<R>,
) -> io::Result<R> {
    with_async_drop!(job = Job::start(command, patience)?, {
        work(&mut job).await
    })
}
