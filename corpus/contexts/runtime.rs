// Statements that run tasks on a `runtime` of their own, which is shut down behind them.

#[allow(unused_imports)]
use std::time::Duration;

use async_drop_fixtures::{Connection, Error};
#[allow(unused_imports)]
use async_drop_utils::*;
use tokio::runtime::Builder;
#[allow(unused_imports)]
use tokio::time::sleep;

/// Holds a connection until somebody stops it.
async fn listen() -> Result<usize, Error> {
    let connection = Connection::open("db").await?;
    with_async_drop!(connection, {
        connection.query("select pg_sleep(60)").await
    })
}

fn scenario() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    block!();
}
