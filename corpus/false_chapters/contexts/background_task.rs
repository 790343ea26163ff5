// Items with an `async fn run()`, whose work is one `fetch`: it is done when `run` is `Ok`, and the cleanup behind it takes less than a minute.

use crate::far_side::Subscription;
use async_drop_fixtures::Error;
use async_drop_utils::testing::fallible;
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use async_trait::async_trait;
use std::cell::Cell;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

thread_local! {
    static FETCHED: Cell<Option<Instant>> = const { Cell::new(None) };
}

async fn fetch(_url: &str) -> Result<String, Error> {
    let fetched = fallible("fetch").await;
    sleep(Duration::from_secs(1)).await;
    FETCHED.set(Some(Instant::now()));
    fetched?;
    Ok(String::new())
}

block!();

async fn scenario() -> Result<(), Error> {
    FETCHED.set(None);
    let done = run().await;
    match FETCHED.get() {
        Some(fetched) => {
            let took = fetched.elapsed();
            assert!(took < Duration::from_secs(60), "the cleanup was held up");
        }
        None => assert!(done.is_err(), "the work was cut off, and `run` is `Ok`"),
    }
    done
}
