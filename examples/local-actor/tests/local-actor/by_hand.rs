//! The same program without the library: the owners are counted, and end when their handle is dropped.

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::runtime::Builder;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet, LocalSet};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

/// The owners.
static OWNERS: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Waits for the end of all owners; says whether they have ended by the deadline.
pub async fn drain(deadline: Duration) -> bool {
    OWNERS.close();
    timeout(deadline, OWNERS.wait()).await.is_ok()
}

/// A line that is to be added, and where its number goes.
type Request = (String, oneshot::Sender<io::Result<usize>>);

/// Is not `Sync`, and in an `Rc` not `Send`.
struct Journal {
    lines: Cell<usize>,
    file: Mutex<File>,
}

/// Answers the requests, as many as there are at the same time, and closes the journal when no more can come.
async fn own(file: std::fs::File, mut requests: mpsc::Receiver<Request>) -> io::Result<()> {
    let (lines, file) = (Cell::new(0), Mutex::new(File::from_std(file)));
    let journal = Rc::new(Journal { lines, file });
    let mut answering = JoinSet::new();
    while let Some((line, reply)) = requests.recv().await {
        let journal = Rc::clone(&journal);
        answering.spawn_local(async move {
            let _ = reply.send(journal.add(&line).await); // whoever asked may be gone
        });
        while answering.try_join_next().is_some() {} // those that have ended
    }
    answering.join_all().await;
    journal.close().await
}

impl Journal {
    async fn add(&self, line: &str) -> io::Result<usize> {
        let mut file = self.file.lock().await;
        file.write_all(format!("{line}\n").as_bytes()).await?;
        file.flush().await?;
        Ok(self.lines.replace(self.lines.get() + 1))
    }

    async fn close(&self) -> io::Result<()> {
        self.add("end").await?;
        self.file.lock().await.sync_all().await
    }
}

/// Speaks to the owner of a journal.
pub struct Handle {
    requests: mpsc::Sender<Request>,
    owner: JoinHandle<()>,
    ended: oneshot::Receiver<io::Result<()>>,
}

impl Handle {
    /// Opens a journal, in a thread that owns it.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        file.try_lock()?;
        let (requests, asked) = mpsc::channel(8);
        let (end, ended) = oneshot::channel();
        let owner = OWNERS.spawn_blocking(|| {
            let runtime = Builder::new_current_thread().enable_all().build();
            let owned =
                runtime.and_then(|runtime| LocalSet::new().block_on(&runtime, own(file, asked)));
            if let Err(Err(error)) = end.send(owned) {
                eprintln!("the journal's end: {error}"); // nobody waits for it
            }
        });
        Ok(Self {
            requests,
            owner,
            ended,
        })
    }

    /// Adds a line, and returns its number. Cut off, the line may be added all the same.
    pub async fn add(&self, line: String) -> io::Result<usize> {
        let (reply, number) = oneshot::channel();
        let is_sent = self.requests.send((line, reply)).await;
        is_sent.map_err(|_| io::ErrorKind::BrokenPipe)?;
        number.await.map_err(|_| io::ErrorKind::BrokenPipe)?
    }

    /// Ends the owner, which goes on to its end when its caller is cut off here.
    async fn close(self) -> io::Result<()> {
        drop(self.requests);
        self.owner.await?;
        self.ended.await.map_err(|_| io::ErrorKind::BrokenPipe)?
    }
}

/// Opens a journal for `work`, and closes it when that has ended, has failed or is cut off.
pub async fn with_journal<R>(
    path: &Path,
    work: impl AsyncFnOnce(&Handle) -> io::Result<R>,
) -> io::Result<R> {
    let journal = Handle::open(path)?;
    let worked = work(&journal).await;
    let closed = journal.close().await;
    match (worked, closed) {
        (Ok(value), Ok(())) => Ok(value),
        (Ok(_), Err(error)) => Err(error),
        (Err(error), closed) => {
            if let Err(error) = closed {
                eprintln!("the journal's end: {error}");
            }
            Err(error)
        }
    }
}
