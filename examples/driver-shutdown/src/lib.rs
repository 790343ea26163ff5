//! A driver whose cursors are killed by tasks, shut down before the runtime is.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use async_drop_utils::{AsyncDropGuard, AsyncDropTaskGroup, Closing, closing, with_async_drop};
use recipe_driver::Client;
use tokio::time::timeout;

// ANCHOR: guarded
/// How long the shutdown may wait for cursors to be killed.
const PATIENCE: Duration = Duration::from_secs(2);

/// A client, which its cleanup shuts down.
pub fn guarded(client: Client) -> AsyncDropGuard<Closing<Client, io::Error>> {
    closing(client, async |client| {
        let shutdown = timeout(PATIENCE, client.clone().shutdown()).await;
        shutdown.unwrap_or_else(|late| {
            client.shutdown_immediately();
            Err(late.into())
        })
    })
}
// ANCHOR_END: guarded

// ANCHOR: count
/// Counts the rows of all collections at once.
///
/// # Errors
///
/// The first that a collection has, or the shutdown's.
pub async fn count(server: SocketAddr, collections: Vec<String>) -> io::Result<usize> {
    let client = guarded(Client::new(server));
    with_async_drop!(counting = AsyncDropTaskGroup::new(client), {
        for collection in collections {
            counting.spawn(async move |client| {
                let mut cursor = client.find(&collection).await?; // plain: the driver kills it
                let mut rows = 0;
                while cursor.next().await?.is_some() {
                    rows += 1;
                }
                io::Result::Ok(rows)
            });
        }
        let rows = counting.join_all().await?;
        Ok(rows.into_iter().sum())
    })
}
// ANCHOR_END: count
