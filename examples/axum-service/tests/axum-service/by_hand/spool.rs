//! Jobs that are files.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::fs;
use tokio::time::sleep;

/// A folder of jobs, which nobody else serves.
pub struct Spool {
    folder: PathBuf,
}

impl Spool {
    pub async fn open(folder: PathBuf) -> io::Result<Self> {
        fs::File::create_new(folder.join("owner")).await?;
        Ok(Self { folder })
    }

    /// Takes a job out of the queue; a caller that is cut off may leave it out.
    pub async fn take(&self, number: u32) -> io::Result<Job> {
        let file = |state: &str| self.folder.join(state).join(number.to_string());
        let job = Job {
            queued: file("queued"),
            running: file("running"),
            done: file("done"),
        };
        fs::rename(&job.queued, &job.running).await?;
        Ok(job)
    }

    /// To be called when no job is left.
    pub async fn close(&self) -> io::Result<()> {
        fs::remove_file(self.folder.join("owner")).await
    }
}

/// A job that runs; whoever has it finishes it or gives it back.
pub struct Job {
    queued: PathBuf,
    running: PathBuf,
    done: PathBuf,
}

impl Job {
    pub async fn finish(&self) -> io::Result<()> {
        fs::rename(&self.running, &self.done).await
    }

    pub async fn give_back(&self) -> io::Result<()> {
        match fs::rename(&self.running, &self.queued).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()), // is done
            given_back => given_back,
        }
    }

    pub async fn run(&self) -> io::Result<()> {
        let milliseconds = fs::read_to_string(&self.running).await?;
        let milliseconds = milliseconds.parse().map_err(io::Error::other)?;
        sleep(Duration::from_millis(milliseconds)).await;
        Ok(())
    }
}
