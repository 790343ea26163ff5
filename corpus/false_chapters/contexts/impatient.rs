// A service `serve_until`, with somebody at the keyboard who presses ctrl-c after a minute, and again a second later.

use crate::far_side::Subscription;
use async_drop_fixtures::Error;
use async_drop_utils::*;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// The first time; who waits for it has taken it from the system, which else ends the process at each.
async fn ctrl_c() {
    sleep(Duration::from_secs(60)).await;
}

block!();

async fn scenario() -> Result<(), Error> {
    let twice = Duration::from_secs(61);
    match timeout(twice, serve_until(ctrl_c())).await {
        Ok(ended) => ended,
        Err(_) => panic!("pressed twice, and still there"),
    }
}
