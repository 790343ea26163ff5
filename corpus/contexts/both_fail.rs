// An upload whose work and whose cleanup both fail.

use async_drop_fixtures::Error;
use async_drop_utils::testing::{Entry, Ledger, fallible};
use async_drop_utils::*;
use async_trait::async_trait;

#[derive(Debug)]
struct Upload {
    entry: Entry,
}

impl Upload {
    async fn send(&mut self, _name: &str) -> Result<(), Error> {
        fallible("send").await?;
        Err(Error::new("the disk is full"))
    }
}

#[async_trait]
impl AsyncDrop for Upload {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        let completed = fallible("complete").await;
        self.entry.close();
        completed?;
        Err(Error::new("nothing was sent"))
    }
}

block!();

async fn scenario() {
    let upload = AsyncDropGuard::new_cancel_safe(Upload {
        entry: Ledger::current().open("upload"),
    });
    let seen = store(upload).await.unwrap_err().to_string();
    let cause = seen == "the disk is full" || seen.starts_with("send #1 failed");
    assert!(cause, "the caller sees: {seen}");
}
