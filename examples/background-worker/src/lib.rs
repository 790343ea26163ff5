//! A background task that is fed by a channel and stores in batches. At its end, what was accepted is stored, or said to be lost.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How many records are stored at once.
pub const BATCH: usize = 16;

/// Where the records go.
pub trait Store: Send + 'static {
    /// Stores all of a batch, or says why not.
    fn store(&mut self, batch: &[u64]) -> impl Future<Output = io::Result<()>> + Send;
}

// ANCHOR: writer
/// Stores in the background what it accepts.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::end, error = io::Error)]
pub struct Writer {
    name: String,
    records: mpsc::Sender<u64>,
    accepted: AtomicUsize,
    stored: Arc<AtomicUsize>,
    task: JoinHandle<io::Result<()>>,
    patience: Duration,
}

impl Writer {
    /// Starts one. At its end, a store that takes longer than `patience` is left.
    pub fn start(name: &str, mut store: impl Store, patience: Duration) -> AsyncDropGuard<Self> {
        let (records, mut queue) = mpsc::channel(4 * BATCH);
        let stored = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&stored);
        let task = tokio::spawn(async move {
            let mut batch = Vec::new();
            while queue.recv_many(&mut batch, BATCH).await > 0 {
                store.store(&batch).await?;
                count.fetch_add(batch.len(), Relaxed);
                batch.clear();
            }
            Ok(())
        });
        AsyncDropGuard::new_cancel_safe(Self {
            name: name.to_owned(),
            records,
            accepted: AtomicUsize::new(0),
            stored,
            task,
            patience,
        })
    }

    /// Accepts a record. Cut off, it has accepted nothing.
    ///
    /// # Errors
    ///
    /// When the task has ended.
    pub async fn write(&self, record: u64) -> io::Result<()> {
        let place = self.records.reserve().await;
        let place = place.map_err(|_| io::ErrorKind::BrokenPipe)?;
        self.accepted.fetch_add(1, Relaxed); // no await between
        place.send(record);
        Ok(())
    }

    async fn ended(&self) {
        self.records.closed().await; // the task has dropped its `queue`
    }

    async fn end(&mut self) -> io::Result<()> {
        self.records = mpsc::channel(1).0; // drops the last sender: the task works off the rest
        let ended = match timeout(self.patience, &mut self.task).await {
            Ok(ended) => ended,
            Err(_) => {
                self.task.abort();
                (&mut self.task).await
            }
        };
        let lost = self.accepted.load(Relaxed) - self.stored.load(Relaxed);
        ended.map_err(io::Error::from).flatten().map_err(|why| {
            io::Error::other(format!("{}: {lost} records are lost: {why}", self.name))
        })
    }
}
// ANCHOR_END: writer

// ANCHOR: writing
/// Lends a writer to `work`, and has it store the rest when that has ended, has failed or is cut off.
///
/// # Errors
///
/// Those of the work, or what has ended the writer.
pub async fn writing<R>(
    name: &str,
    store: impl Store,
    patience: Duration,
    work: impl AsyncFnOnce(&Writer) -> io::Result<R>,
) -> io::Result<R> {
    let done = with_async_drop!(writer = Writer::start(name, store, patience), {
        tokio::select! {
            biased;
            () = writer.ended() => Ok(None), // the cleanup says why
            done = work(&writer) => done.map(Some),
        }
    });
    done?.ok_or_else(|| io::ErrorKind::BrokenPipe.into())
}
// ANCHOR_END: writing
