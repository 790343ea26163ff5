//! What is written first: a thread that ends when its handle is dropped, and that nobody waits for.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::thread;

use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;

type Request = (String, oneshot::Sender<io::Result<usize>>);

pub struct Handle(mpsc::Sender<Request>);

impl Handle {
    fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        file.try_lock()?;
        let (requests, asked) = mpsc::channel(8);
        let runtime = Builder::new_current_thread().build()?;
        thread::spawn(move || LocalSet::new().block_on(&runtime, own(file, asked)));
        Ok(Self(requests))
    }

    pub async fn add(&self, line: String) -> io::Result<usize> {
        let (reply, number) = oneshot::channel();
        let is_sent = self.0.send((line, reply)).await;
        is_sent.map_err(|_| io::ErrorKind::BrokenPipe)?;
        number.await.map_err(|_| io::ErrorKind::BrokenPipe)?
    }
}

async fn own(mut file: File, mut requests: mpsc::Receiver<Request>) -> io::Result<()> {
    let mut lines = 0;
    while let Some((line, reply)) = requests.recv().await {
        let added = writeln!(file, "{line}").map(|()| lines);
        lines += 1;
        let _ = reply.send(added);
    }
    writeln!(file, "end")?;
    file.sync_all()
}

/// Opens a journal for `work`.
pub async fn with_journal<R>(
    path: &Path,
    work: impl AsyncFnOnce(&Handle) -> io::Result<R>,
) -> io::Result<R> {
    let journal = Handle::open(path)?;
    work(&journal).await
}
