//! A value that is not `Send`, owned by a thread, with a handle whose cleanup ends the owner and awaits it.

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::rc::Rc;

use async_drop_utils::{AsyncDropGuard, Closing, closing, with_async_drop};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::runtime::Builder;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet, LocalSet, spawn_blocking};

/// A line that is to be added, and where its number goes.
type Request = (String, oneshot::Sender<io::Result<usize>>);

// ANCHOR: owner
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
// ANCHOR_END: owner

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

// ANCHOR: handle
/// Speaks to the owner of a journal.
pub struct Handle {
    requests: mpsc::Sender<Request>,
    owner: JoinHandle<io::Result<()>>,
}

impl Handle {
    /// Opens a journal, in a thread that owns it.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, or somebody has it open.
    pub fn open(path: &Path) -> io::Result<AsyncDropGuard<Closing<Self, io::Error>>> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        file.try_lock()?;
        let (requests, asked) = mpsc::channel(8);
        let owner = spawn_blocking(|| {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            LocalSet::new().block_on(&runtime, own(file, asked))
        });
        Ok(closing(Self { requests, owner }, async |handle| {
            drop(handle.requests); // ends the owner
            handle.owner.await?
        }))
    }

    /// Adds a line, and returns its number. Cut off, the line may be added all the same.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or the owner is no more.
    pub async fn add(&self, line: String) -> io::Result<usize> {
        let (reply, number) = oneshot::channel();
        let is_sent = self.requests.send((line, reply)).await;
        is_sent.map_err(|_| io::ErrorKind::BrokenPipe)?;
        number.await.map_err(|_| io::ErrorKind::BrokenPipe)?
    }
}
// ANCHOR_END: handle

// ANCHOR: with_journal
/// Opens a journal for `work`, and closes it when that has ended, has failed or is cut off.
///
/// # Errors
///
/// Those of the work, or of the journal's opening and closing.
pub async fn with_journal<R>(
    path: &Path,
    work: impl AsyncFnOnce(&Handle) -> io::Result<R>,
) -> io::Result<R> {
    with_async_drop!(journal = Handle::open(path)?, { work(&journal).await })
}
// ANCHOR_END: with_journal
