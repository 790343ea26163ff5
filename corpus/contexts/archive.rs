// A function `notes`, and an archive that fails to be read with one error and to be closed with another.

use async_drop_utils::testing::{Entry, Ledger, fallible};
use async_drop_utils::*;
use async_trait::async_trait;

#[derive(Debug)]
struct Archive {
    entry: Entry,
}

#[derive(Debug)]
enum ReadError {
    NotFound,
    Damaged(ArchiveError),
}

#[derive(Debug)]
struct ArchiveError;

impl Archive {
    async fn open() -> Result<AsyncDropGuard<Self>, ReadError> {
        fallible("open").await.map_err(|_| ReadError::NotFound)?;
        let entry = Ledger::current().open("archive");
        Ok(AsyncDropGuard::new_cancel_safe(Self { entry }))
    }

    async fn read(&mut self, name: &str) -> Result<String, ReadError> {
        fallible("read").await.map_err(|_| ReadError::NotFound)?;
        Ok(name.to_owned())
    }
}

#[async_trait]
impl AsyncDrop for Archive {
    type Error = ArchiveError;

    async fn async_drop_impl(&mut self) -> Result<(), ArchiveError> {
        let closed = fallible("close").await;
        self.entry.close();
        closed.map_err(|_| ArchiveError)
    }
}

block!();

async fn scenario() -> Result<(), ReadError> {
    notes(Archive::open().await?).await.map(drop)
}
