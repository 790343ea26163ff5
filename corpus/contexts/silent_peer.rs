// The cleanup of a session whose peer never answers the goodbye.

use std::time::Duration;

use async_drop_fixtures::{Error, Socket};
use async_drop_utils::*;
use async_trait::async_trait;
use tokio::time::timeout;

#[derive(Debug)]
struct Session {
    socket: Socket,
}

block!();

async fn scenario() -> Result<(), Error> {
    let socket = Socket::connect("silent").await?;
    let mut session = AsyncDropGuard::new_cancel_safe(Session { socket });
    assert!(session.async_drop().await.is_err());
    Ok(())
}
