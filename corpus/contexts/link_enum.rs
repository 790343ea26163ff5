// A link that is a public enum, and a function `greet` that uses it.

use std::fmt;

use async_drop_fixtures::{Error, Socket};
use async_drop_utils::*;
use async_trait::async_trait;

block!();

impl Link {
    async fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::Up(socket) => socket.send(bytes).await,
            Self::Down => Ok(()),
        }
    }
}

#[async_trait]
impl AsyncDrop for Link {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        match self {
            Self::Up(socket) => socket.close().await,
            Self::Down => Ok(()),
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
