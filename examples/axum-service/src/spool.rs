//! Jobs that are files, in the folder of what has become of them.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use tokio::{fs, time::sleep};

/// A folder of jobs, which nobody else serves: the file `owner` says so.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = io::Error)]
pub struct Spool {
    folder: PathBuf,
}

impl Spool {
    /// Makes the folder this service's.
    ///
    /// # Errors
    ///
    /// When it is another's, or the file system says so.
    pub async fn open(folder: PathBuf) -> io::Result<AsyncDropGuard<Self>> {
        AsyncDropGuard::acquire(async move {
            fs::File::create_new(folder.join("owner")).await?;
            Ok(AsyncDropGuard::new_cancel_safe(Self { folder }))
        })
        .await
    }

    // ANCHOR: take
    /// Takes a job out of the queue.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub async fn take(&self, number: u32) -> io::Result<AsyncDropGuard<Job>> {
        let file = |state: &str| self.folder.join(state).join(number.to_string());
        let job = Job {
            queued: file("queued"),
            running: file("running"),
            done: file("done"),
        };
        AsyncDropGuard::acquire(async move {
            fs::rename(&job.queued, &job.running).await?;
            Ok(AsyncDropGuard::new_cancel_safe(job))
        })
        .await
    }
    // ANCHOR_END: take

    async fn close(&mut self) -> io::Result<()> {
        fs::remove_file(self.folder.join("owner")).await
    }
}

/// A job that runs, and goes back into the queue unless it is finished.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::give_back, error = io::Error)]
pub struct Job {
    queued: PathBuf,
    running: PathBuf,
    done: PathBuf,
}

impl Job {
    /// Notes that it is done.
    ///
    /// # Errors
    ///
    /// When the file system says so.
    pub async fn finish(&mut self) -> io::Result<()> {
        fs::rename(&self.running, &self.done).await
    }

    async fn give_back(&mut self) -> io::Result<()> {
        match fs::rename(&self.running, &self.queued).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()), // is done
            given_back => given_back,
        }
    }
}

impl Job {
    /// Does the work: here, its file says how many milliseconds it takes.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or says something else.
    pub async fn run(&self) -> io::Result<()> {
        let milliseconds = read_number(&self.running).await?;
        sleep(Duration::from_millis(milliseconds)).await;
        Ok(())
    }
}

async fn read_number(file: &Path) -> io::Result<u64> {
    let text = fs::read_to_string(file).await?;
    text.parse().map_err(io::Error::other)
}
