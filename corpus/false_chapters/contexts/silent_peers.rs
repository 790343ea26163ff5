// The cleanup of sessions whose peers never answer the goodbye, with the library as it was: `main` ends three of one task.

use crate::as_it_was::{drain, with_async_drop};
use async_drop_fixtures::Error;
use async_drop_utils::testing::{Entry, Ledger};
use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use async_trait::async_trait;
use std::future::pending;
use std::time::Duration;
use tokio::time::timeout;

#[derive(Debug)]
struct Socket(Entry);

impl Socket {
    async fn close(&mut self) -> Result<(), Error> {
        pending().await
    }

    fn reset(&mut self) {
        self.0.close();
    }
}

#[derive(Debug)]
struct Session {
    socket: Socket,
}

block!();

async fn serve() -> Result<(), Error> {
    let socket = Socket(Ledger::current().open("socket"));
    let session = AsyncDropGuard::new(Session { socket });
    with_async_drop!(session, { pending().await })
}

async fn scenario() {
    let signal = Duration::from_secs(60);
    let three = async { tokio::join!(serve(), serve(), serve()) };
    if timeout(signal, three).await.is_err() {
        drain(Duration::from_secs(10)).await;
    }
}
