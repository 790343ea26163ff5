// The cleanup of a session, awaited bare, so that a cancellation can cut it off.

use async_drop_fixtures::{Error, Socket};
use async_drop_utils::*;

#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = Error)]
struct Session {
    socket: Option<Socket>,
}

block!();

async fn scenario() -> Result<(), Error> {
    let socket = Some(Socket::connect("peer").await?);
    let mut session = AsyncDropGuard::new_cancel_safe(Session { socket });
    session.async_drop().await
}
