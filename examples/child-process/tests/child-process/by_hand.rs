//! The same program without the library: a job whose `Drop` hands the child to a task, and the tasks are counted.

use std::io;
use std::process::ExitStatus;
use std::sync::LazyLock;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::process::{Child, ChildStdout, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

/// The tasks that end jobs.
static ENDING: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Waits for the end of all jobs; says whether they have ended by the deadline.
pub async fn drain(deadline: Duration) -> bool {
    ENDING.close();
    timeout(deadline, ENDING.wait()).await.is_ok()
}

/// A child and what it starts, as one process group.
#[derive(Debug)]
pub struct Job {
    group: Option<Group>, // `None`: it is being ended
}

#[derive(Debug)]
struct Group {
    child: Child,
    patience: Duration,
}

impl Job {
    /// Starts the child. When it is told to end, it has as long as `patience`.
    pub fn start(mut command: Command, patience: Duration) -> io::Result<Self> {
        let child = command.process_group(0).spawn()?;
        Ok(Self {
            group: Some(Group { child, patience }),
        })
    }

    /// What the child prints, where the command has a pipe for it.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.group.as_mut()?.child.stdout.take()
    }

    /// Waits for the child, and kills what it leaves behind. May be cut off.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        let Some(group) = &mut self.group else {
            return Err(io::ErrorKind::NotFound.into());
        };
        group.exited().await?;
        group.tell(Signal::KILL);
        group.child.wait().await
    }

    /// Ends it in a task, so that a caller who is cut off here does not cut that off.
    async fn end(mut self) -> io::Result<()> {
        match self.group.take() {
            Some(group) => ENDING.spawn(group.end()).await?,
            None => Ok(()),
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(group) = self.group.take() {
            ENDING.spawn(async move {
                if let Err(error) = group.end().await {
                    eprintln!("the job's end: {error}");
                }
            });
        }
    }
}

impl Group {
    async fn end(mut self) -> io::Result<()> {
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

/// Lends a job to `work`, and ends it when that has ended, has failed or is cut off.
pub async fn with_job<R>(
    command: Command,
    patience: Duration,
    work: impl AsyncFnOnce(&mut Job) -> io::Result<R>,
) -> io::Result<R> {
    let mut job = Job::start(command, patience)?;
    let worked = work(&mut job).await;
    let ended = job.end().await;
    match (worked, ended) {
        (Ok(value), Ok(())) => Ok(value),
        (Ok(_), Err(error)) => Err(error),
        (Err(error), ended) => {
            if let Err(error) = ended {
                eprintln!("the job's end: {error}");
            }
            Err(error)
        }
    }
}
