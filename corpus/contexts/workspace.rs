// A function `open` that creates the folder of a workspace.

use async_drop_fixtures::{Error, Folder};
use async_drop_utils::*;
use async_trait::async_trait;

#[derive(Debug)]
struct Workspace(Folder);

#[async_trait]
impl AsyncDrop for Workspace {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        self.0.remove().await
    }
}

block!();

async fn scenario() -> Result<(), Error> {
    let mut workspace = open().await?.cancel_safe();
    workspace.async_drop().await
}
