//! What is written first: the channel is closed and the task awaited behind the work, and nobody counts.

use std::io;
use std::time::Duration;

use recipe_background_worker::{BATCH, Store};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub struct Writer {
    records: mpsc::Sender<u64>,
    task: JoinHandle<io::Result<()>>,
}

impl Writer {
    fn start(mut store: impl Store) -> Self {
        let (records, mut queue) = mpsc::channel(4 * BATCH);
        let task = tokio::spawn(async move {
            let mut batch = Vec::new();
            while queue.recv_many(&mut batch, BATCH).await > 0 {
                store.store(&batch).await?;
                batch.clear();
            }
            Ok(())
        });
        Self { records, task }
    }

    pub async fn write(&self, record: u64) -> io::Result<()> {
        let sent = self.records.send(record).await;
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

pub async fn writing<R>(
    _name: &str,
    store: impl Store,
    patience: Duration,
    work: impl AsyncFnOnce(&Writer) -> io::Result<R>,
) -> io::Result<R> {
    let writer = Writer::start(store);
    let done = work(&writer).await?;
    drop(writer.records);
    tokio::time::timeout(patience, writer.task).await???;
    Ok(done)
}
