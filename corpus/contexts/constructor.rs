// The constructor of a session that is of use only once it has greeted.

use async_drop_fixtures::{Error, Socket};
use async_drop_utils::*;
use async_trait::async_trait;

#[derive(Debug)]
pub struct Session {
    socket: Socket,
}

impl Session {
    async fn greet(&mut self) -> Result<(), Error> {
        self.socket.send(b"hello").await
    }
}

#[async_trait]
impl AsyncDrop for Session {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        self.socket.close().await
    }
}

block!();

async fn scenario() -> Result<(), Error> {
    let session = open("peer").await?;
    with_async_drop!(session, { session.greet().await })
}
