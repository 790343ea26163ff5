// Statements in an async function that returns `Result<(), Error>`, for what the library promises in detail.

#[allow(unused_imports)]
use std::{
    future::pending,
    hash::{DefaultHasher, Hasher},
    panic::resume_unwind,
    time::Duration,
};

#[allow(unused_imports)]
use async_drop_fixtures::{Connection, Error, Lease, LogFile, Part, Reports, closed, panic_of};
#[allow(unused_imports)]
use async_drop_utils::testing::Ledger;
#[allow(unused_imports)]
use async_drop_utils::{hash_map::Entry, *};
#[allow(unused_imports)]
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

async fn run() -> Result<(), Error> {
    block!();
    Ok(())
}

async fn scenario() -> Result<(), Error> {
    let done = run().await;
    // What a block cancels, or leaves to a task, is drained before it counts as returned.
    let _report = drain(Duration::from_secs(3600)).await;
    done
}
