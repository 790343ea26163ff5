// A session over a bare socket, and a function `greet` that uses it.

use std::fmt;

use async_drop_fixtures::{Error, Socket};
#[allow(unused_imports)]
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

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}

async fn scenario() -> Result<(), Error> {
    greet().await
}
