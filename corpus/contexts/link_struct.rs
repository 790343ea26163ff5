// A link around a private enum `Kind`, and a function `greet` that uses it.

use std::fmt;

use async_drop_fixtures::{Error, Socket};
use async_drop_utils::*;
use async_trait::async_trait;

block!();

impl Link {
    async fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match &mut self.0 {
            Kind::Up(socket) => socket.send(bytes).await,
            Kind::Down => Ok(()),
        }
    }
}

#[async_trait]
impl AsyncDrop for Link {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        match &mut self.0 {
            Kind::Up(socket) => socket.close().await,
            Kind::Down => Ok(()),
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}

async fn scenario() -> Result<(), Error> {
    greet().await
}
