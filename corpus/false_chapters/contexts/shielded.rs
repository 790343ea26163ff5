// Statements in front of a `server`, in a task that nobody aborts: nothing is cut off but by the block itself.

#[allow(unused_imports)]
use crate::server::Server;
#[allow(unused_imports)]
use async_drop_fixtures::Error;
#[allow(unused_imports)]
use async_drop_utils::testing::{fallible, restartable, spawn};
#[allow(unused_imports)]
use async_drop_utils::*;
#[allow(unused_imports)]
use std::sync::{Arc, Mutex};
#[allow(unused_imports)]
use std::time::Duration;
#[allow(unused_imports)]
use tokio::sync::{mpsc, oneshot};
#[allow(unused_imports)]
use tokio::time::{sleep, timeout};

async fn scenario() -> Result<(), Error> {
    let shielded = tokio::spawn(async {
        #[allow(unused_variables)]
        let server = Server::default();
        block!();
        Ok(())
    });
    shielded.await?
}
