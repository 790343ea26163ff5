//! The same program without the crate: what is created and what is dropped goes into tasks that are waited for.

use std::io;
use std::sync::{Arc, LazyLock};

use object_store::path::Path;
use object_store::{
    Error, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload, PutResult, Result,
};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

/// How many parts are under way at most.
const AT_ONCE: usize = 4;

/// What goes on when its caller has been cut off.
static RUNNING: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Waits for all that has been cut off.
pub async fn drain() {
    RUNNING.close();
    RUNNING.wait().await;
}

/// An upload that is aborted unless it is complete.
#[derive(Debug)]
struct Upload {
    /// None once it has been completed or aborted.
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    upload: Box<dyn MultipartUpload>,
    under_way: JoinSet<Result<()>>,
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            RUNNING.spawn(async move {
                if let Err(error) = open.abort().await {
                    eprintln!("an upload stays open: {error}");
                }
            });
        }
    }
}

impl Upload {
    async fn create(store: Arc<dyn ObjectStore>, to: Path) -> Result<Self> {
        let (sender, created) = oneshot::channel();
        RUNNING.spawn(async move {
            let upload = store.put_multipart(&to).await.map(|upload| {
                let under_way = JoinSet::new();
                let open = Some(Open { upload, under_way });
                Self { open }
            });
            // Where nobody waits for it, it is dropped in here; behind the task, nobody would wait for its abort.
            drop(sender.send(upload));
        });
        created.await.unwrap_or_else(|_| Err(ended()))
    }

    fn open(&mut self) -> Result<&mut Open> {
        self.open.as_mut().ok_or_else(ended)
    }

    async fn put(&mut self, part: PutPayload) -> Result<()> {
        let open = self.open()?;
        while open.under_way.len() >= AT_ONCE {
            open.under_way.join_next().await.transpose()?.transpose()?;
        }
        open.under_way.spawn(open.upload.put_part(part));
        Ok(())
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let open = self.open()?;
        while let Some(arrived) = open.under_way.join_next().await {
            arrived??;
        }
        let completed = open.upload.complete().await?;
        self.open = None;
        Ok(completed)
    }

    async fn abort(mut self) -> Result<()> {
        match self.open.take() {
            Some(open) => RUNNING.spawn(open.abort()).await?,
            None => Ok(()),
        }
    }
}

impl Open {
    async fn abort(mut self) -> Result<()> {
        while self.under_way.join_next().await.is_some() {} // one that arrives later stays
        match self.upload.abort().await {
            Err(Error::NotFound { .. }) => Ok(()), // complete, though the answer was lost
            aborted => aborted,
        }
    }
}

fn ended() -> Error {
    Error::Generic {
        store: "upload",
        source: "it has ended".into(),
    }
}

pub async fn send(
    store: Arc<dyn ObjectStore>,
    to: Path,
    mut source: impl AsyncRead + Unpin,
    part_size: u64,
) -> io::Result<PutResult> {
    let mut upload = Upload::create(store, to).await?;
    let sent = send_parts(&mut upload, &mut source, part_size).await;
    let aborted = upload.abort().await;
    let sent = sent?;
    aborted?;
    Ok(sent)
}

async fn send_parts(
    upload: &mut Upload,
    source: &mut (impl AsyncRead + Unpin),
    part_size: u64,
) -> io::Result<PutResult> {
    loop {
        let mut part = Vec::new();
        source.take(part_size).read_to_end(&mut part).await?;
        if part.is_empty() {
            break;
        }
        upload.put(part.into()).await?;
    }
    Ok(upload.complete().await?)
}
