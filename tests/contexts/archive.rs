// A function `read` that works with `io::Error`, and an archive whose cleanup fails with an error of its own.

use std::fmt;
use std::io;

use async_drop_utils::testing::{Entry, Ledger, fallible};
use async_drop_utils::*;
use async_trait::async_trait;

#[derive(Debug)]
struct Archive {
    entry: Entry,
}

#[derive(Debug)]
struct ArchiveError;

impl Archive {
    async fn open() -> io::Result<AsyncDropGuard<Self>> {
        fallible("open").await?;
        let entry = Ledger::current().open("archive");
        Ok(AsyncDropGuard::new_cancel_safe(Self { entry }))
    }

    async fn read(&mut self, name: &str) -> io::Result<String> {
        fallible("read").await?;
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

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the archive is damaged")
    }
}

impl std::error::Error for ArchiveError {}

block!();

async fn scenario() -> io::Result<()> {
    notes(Archive::open().await?).await.map(drop)
}
