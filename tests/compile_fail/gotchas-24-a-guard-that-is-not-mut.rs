// gotchas.md, section "24. A guard that is not mut": `CORPUS=accept cargo test --test compile_fail` writes this file.

#![allow(unused)]

// Statements in an async function that returns `Result<(), Error>`.

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
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep, timeout, timeout_at},
};

async fn scenario() -> Result<(), Error> {
    {
let lease = Lease::acquire("report").await?;
lease.async_drop().await?;
    }
    Ok(())
}

fn main() {}
