// The cleanup of sessions whose peers never answer the goodbye, with the library as it was: `main` ends three of one task.

use crate::as_it_was::{Scoped, drain};
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

async fn serve() {
    let session = || {
        let socket = Socket(Ledger::current().open("socket"));
        Scoped::new(AsyncDropGuard::new(Session { socket }))
    };
    let _three = [session(), session(), session()];
    pending().await
}

async fn scenario() {
    let signal = Duration::from_secs(60);
    if timeout(signal, serve()).await.is_err() {
        drain(Duration::from_secs(10)).await;
    }
}
