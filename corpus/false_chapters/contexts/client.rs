// A client that reconnects, and that stays with the old connection when it cannot.

use crate::far_side::Connection;
use async_drop_fixtures::Error;
use async_drop_utils::*;
use async_trait::async_trait;

#[derive(Debug, Default)]
struct Client {
    connection: Option<AsyncDropGuard<Connection>>,
}

block!();

async fn scenario() -> Result<(), Error> {
    let client = AsyncDropGuard::new_cancel_safe(Client::default());
    with_async_drop!(client, {
        client.reconnect("primary").await?;
        let reconnected = client.reconnect("standby").await;
        let host = client
            .connection
            .as_ref()
            .map(|connection| connection.host());
        let expected = if reconnected.is_ok() {
            "standby"
        } else {
            "primary"
        };
        assert_eq!(host, Some(expected), "reconnected: {reconnected:?}");
        reconnected
    })
}
