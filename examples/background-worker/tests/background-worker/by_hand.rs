//! The same program without the library: a writer whose `Drop` hands what runs to a task, and the tasks are counted.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use recipe_background_worker::{BATCH, Store};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

/// The tasks that end writers.
static ENDING: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Waits for the ends of all writers; says whether they have come by the deadline.
pub async fn drain(deadline: Duration) -> bool {
    ENDING.close();
    timeout(deadline, ENDING.wait()).await.is_ok()
}

/// Stores in the background what it accepts.
#[derive(Debug)]
pub struct Writer {
    records: mpsc::Sender<u64>,
    accepted: AtomicUsize,
    running: Option<Running>, // `None`: it is being ended
}

#[derive(Debug)]
struct Running {
    name: String,
    stored: Arc<AtomicUsize>,
    task: JoinHandle<io::Result<()>>,
    patience: Duration,
}

impl Writer {
    /// Starts one. At its end, a store that takes longer than `patience` is left.
    pub fn start(name: &str, mut store: impl Store, patience: Duration) -> Self {
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
        Self {
            records,
            accepted: AtomicUsize::new(0),
            running: Some(Running {
                name: name.to_owned(),
                stored,
                task,
                patience,
            }),
        }
    }

    /// Accepts a record. Cut off, it has accepted nothing.
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

    /// Begins the end in a task, so that a caller who is cut off does not cut that off.
    fn begin_end(&mut self) -> Option<JoinHandle<io::Result<()>>> {
        self.records = mpsc::channel(1).0; // drops the last sender: the task works off the rest
        let (running, accepted) = (self.running.take()?, self.accepted.load(Relaxed));
        Some(ENDING.spawn(async move {
            let ended = running.end(accepted).await;
            if let Err(error) = &ended {
                tracing::error!("{error}"); // perhaps nobody waits any longer
            }
            ended
        }))
    }

    async fn end(mut self) -> io::Result<()> {
        match self.begin_end() {
            Some(end) => end.await?,
            None => Ok(()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.begin_end();
    }
}

impl Running {
    async fn end(mut self, accepted: usize) -> io::Result<()> {
        let ended = match timeout(self.patience, &mut self.task).await {
            Ok(ended) => ended,
            Err(_) => {
                self.task.abort();
                (&mut self.task).await
            }
        };
        let lost = accepted - self.stored.load(Relaxed);
        ended.map_err(io::Error::from).flatten().map_err(|why| {
            io::Error::other(format!("{}: {lost} records are lost: {why}", self.name))
        })
    }
}

/// Lends a writer to `work`, and has it store the rest when that has ended, has failed or is cut off.
pub async fn writing<R>(
    name: &str,
    store: impl Store,
    patience: Duration,
    work: impl AsyncFnOnce(&Writer) -> io::Result<R>,
) -> io::Result<R> {
    let writer = Writer::start(name, store, patience);
    let done = tokio::select! {
        biased;
        () = writer.ended() => Ok(None), // its end says why
        done = work(&writer) => done.map(Some),
    };
    let ended = writer.end().await;
    match done? {
        Some(done) => ended.map(|()| done),
        None => Err(ended.err().unwrap_or(io::ErrorKind::BrokenPipe.into())),
    }
}
