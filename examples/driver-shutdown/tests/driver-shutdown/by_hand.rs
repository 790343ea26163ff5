//! The same program without the library: a client whose `Drop` spawns the shutdown, and the shutdowns are counted.

use std::io;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use recipe_driver::Client;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

/// How long the shutdown may wait for cursors to be killed.
const PATIENCE: Duration = Duration::from_secs(2);

/// The shutdowns that go on.
static ENDING: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Waits for the end of all shutdowns; says whether they have ended by the deadline.
pub async fn drain(deadline: Duration) -> bool {
    ENDING.close();
    timeout(deadline, ENDING.wait()).await.is_ok()
}

/// A client, which is shut down.
struct Guarded(Option<Client>);

impl Guarded {
    /// Shuts it down in a task, so that a caller who is cut off here does not cut that off.
    async fn close(mut self) -> io::Result<()> {
        match self.0.take() {
            Some(client) => ENDING.spawn(shut_down(client)).await?,
            None => Ok(()),
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            ENDING.spawn(async move {
                if let Err(error) = shut_down(client).await {
                    eprintln!("the shutdown: {error}");
                }
            });
        }
    }
}

async fn shut_down(client: Client) -> io::Result<()> {
    let shutdown = timeout(PATIENCE, client.clone().shutdown()).await;
    shutdown.unwrap_or_else(|late| {
        client.shutdown_immediately();
        Err(late.into())
    })
}

/// Counts the rows of all collections at once.
pub async fn count(server: SocketAddr, collections: Vec<String>) -> io::Result<usize> {
    let client = Client::new(server);
    let guarded = Guarded(Some(client.clone()));
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
    let counted = async {
        let mut all = 0;
        while let Some(rows) = counting.join_next().await {
            all += rows??;
        }
        Ok(all)
    };
    let counted = counted.await;
    counting.shutdown().await;
    match (counted, guarded.close().await) {
        (Ok(rows), Ok(())) => Ok(rows),
        (Ok(_), Err(error)) => Err(error),
        (Err(error), closed) => {
            if let Err(error) = closed {
                eprintln!("the shutdown: {error}");
            }
            Err(error)
        }
    }
}
