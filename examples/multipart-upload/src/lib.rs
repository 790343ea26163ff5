//! Uploads an object in parts with object_store: the upload is completed or aborted, whatever happens.
//!
//! What a store keeps of an upload that is neither is paid for, and shown by no listing of objects.

use std::io;
use std::sync::Arc;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use object_store::path::Path;
use object_store::{
    Error, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload, PutResult, Result,
};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::task::JoinSet;

/// How many parts are under way at most.
const AT_ONCE: usize = 4;

// ANCHOR: upload
/// An upload that is aborted unless it is complete.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::abort, error = Error)]
pub struct Upload {
    upload: Box<dyn MultipartUpload>,
    under_way: JoinSet<Result<()>>,
    is_complete: bool,
}

impl Upload {
    async fn create(store: Arc<dyn ObjectStore>, to: Path) -> Result<AsyncDropGuard<Self>> {
        Ok(AsyncDropGuard::new_cancel_safe(Self {
            upload: store.put_multipart(&to).await?,
            under_way: JoinSet::new(),
            is_complete: false,
        }))
    }

    async fn put(&mut self, part: PutPayload) -> Result<()> {
        while self.under_way.len() >= AT_ONCE {
            self.under_way.join_next().await.transpose()?.transpose()?;
        }
        self.under_way.spawn(self.upload.put_part(part));
        Ok(())
    }

    async fn complete(&mut self) -> Result<PutResult> {
        while let Some(arrived) = self.under_way.join_next().await {
            arrived??;
        }
        let completed = self.upload.complete().await?;
        self.is_complete = true;
        Ok(completed)
    }

    async fn abort(&mut self) -> Result<()> {
        while self.under_way.join_next().await.is_some() {} // one that arrives later stays
        if self.is_complete {
            return Ok(());
        }
        match self.upload.abort().await {
            Err(Error::NotFound { .. }) => Ok(()), // complete, though the answer was lost
            aborted => aborted,
        }
    }
}
// ANCHOR_END: upload

// ANCHOR: send
/// Uploads what `source` gives, in parts of `part_size` bytes.
///
/// # Errors
///
/// Those of the source and of the store. Where a completion fails, the object may be there all the same: ask for it.
pub async fn send(
    store: Arc<dyn ObjectStore>,
    to: Path,
    mut source: impl AsyncRead + Unpin,
    part_size: u64,
) -> io::Result<PutResult> {
    with_async_drop!(
        upload = AsyncDropGuard::acquire(Upload::create(store, to)).await?,
        {
            loop {
                let mut part = Vec::new();
                (&mut source).take(part_size).read_to_end(&mut part).await?;
                if part.is_empty() {
                    break;
                }
                upload.put(part.into()).await?;
            }
            Ok::<_, io::Error>(upload.complete().await?)
        }
    )
}
// ANCHOR_END: send
