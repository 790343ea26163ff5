// A client that reconnects.

use async_drop_fixtures::{Connection, Error};
use async_drop_utils::*;

#[derive(Debug, Default, AsyncDrop)]
struct Client {
    connection: Option<AsyncDropGuard<Connection>>,
}

block!();

async fn scenario() -> Result<(), Error> {
    let client = AsyncDropGuard::new_cancel_safe(Client::default());
    with_async_drop!(client, {
        client.reconnect("primary").await?;
        client.reconnect("standby").await
    })
}
