// Items, among them an `async fn run() -> Result<(), Error>`, which is called and cleans up a log file before a lease.

#[allow(unused_imports)]
use std::{collections::HashMap, convert::Infallible, sync::Arc, time::Duration};

#[allow(unused_imports)]
use async_drop_fixtures::{
    Connection, Cursor, Delivery, Error, Lease, LogFile, Registry, Socket, Subscription, TempFile,
    Transaction, closed, fetch,
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
    run().await?;
    assert_eq!(closed(), ["log file", "lease"]);
    Ok(())
}
