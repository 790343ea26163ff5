// Items, among them an `async fn run() -> Result<(), Error>`, which is called; what it cancels is drained before it counts as
// returned.

#[allow(unused_imports)]
use std::{collections::HashMap, convert::Infallible, sync::Arc, time::Duration};

#[allow(unused_imports)]
use async_drop_fixtures::{
    Connection, Cursor, Delivery, Error, Lease, LogFile, Registry, Socket, Subscription, TempFile,
    Transaction, fetch,
};
#[allow(unused_imports)]
use async_drop_utils::*;
#[allow(unused_imports)]
use async_trait::async_trait;
#[allow(unused_imports)]
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep, timeout, timeout_at},
};

block!();

async fn scenario() -> Result<(), Error> {
    let done = run().await;
    // A task that is aborted drops its guards when it comes up next.
    tokio::task::yield_now().await;
    let _report = drain(Duration::from_secs(3600)).await;
    done
}
