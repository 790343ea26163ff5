// A function `stop` that has ten seconds to end a task which would take a minute, and as long to clean up.

use std::time::Duration;

use async_drop_fixtures::{Connection, Error, drained};
use async_drop_utils::*;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

block!();

async fn scenario() {
    let work = tokio::spawn(async {
        with_async_drop!(connection = Connection::open("far").await?, {
            connection.query("select pg_sleep(60)").await
        })
    });
    drained(async {
        let start = Instant::now();
        stop(work).await;
        let took = start.elapsed().as_secs();
        assert!(took <= 10, "killed, since it took {took} seconds");
    })
    .await;
}
