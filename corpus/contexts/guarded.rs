// A type `Session` and a function `guarded` that puts one under guard.

use async_drop_fixtures::{Error, Socket};
use async_drop_utils::*;
use async_trait::async_trait;

block!();

#[async_trait]
impl AsyncDrop for Session {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        self.socket.close().await
    }
}

async fn scenario() -> Result<(), Error> {
    let mut session = guarded(Socket::connect("peer").await?);
    session.async_drop().await
}
