// A link around a private enum `State`, and a function `greet` that uses it.

use async_drop_fixtures::{Error, Socket};
use async_drop_utils::*;
use async_trait::async_trait;

block!();

impl Link {
    async fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match &mut self.0 {
            State::Up(socket) => socket.send(bytes).await,
            State::Down => Ok(()),
        }
    }
}

#[async_trait]
impl AsyncDrop for Link {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        match &mut self.0 {
            State::Up(socket) => socket.close().await,
            State::Down => Ok(()),
        }
    }
}

async fn scenario() -> Result<(), Error> {
    greet().await
}
