//! What is written first: a shutdown behind the work.

use std::io;
use std::net::SocketAddr;

use recipe_driver::Client;
use tokio::task::JoinSet;

/// Counts the rows of all collections at once.
pub async fn count(server: SocketAddr, collections: Vec<String>) -> io::Result<usize> {
    let client = Client::new(server);
    let mut counting = JoinSet::new();
    for collection in collections {
        let client = client.clone();
        counting.spawn(async move {
            let mut cursor = client.find(&collection).await?;
            let mut rows = 0;
            while cursor.next().await?.is_some() {
                rows += 1;
            }
            io::Result::Ok(rows)
        });
    }
    let mut all = 0;
    while let Some(rows) = counting.join_next().await {
        all += rows??;
    }
    client.shutdown().await?;
    Ok(all)
}
