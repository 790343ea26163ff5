// A service `serve_until`, in a process that is sent SIGTERM: where nobody waits for that, the process is gone, and runs nothing any more.

use crate::far_side::Subscription;
use async_drop_fixtures::Error;
use async_drop_utils::*;
use std::future::pending;
use std::time::Duration;
use tokio::time::timeout;

/// Nobody at the keyboard.
async fn ctrl_c() {
    pending().await
}

block!();

async fn scenario() -> Result<(), Error> {
    let mut process = Box::pin(serve_until(ctrl_c()));
    match timeout(Duration::from_secs(60), &mut process).await {
        Ok(ended) => ended,
        Err(_sigterm) => {
            std::mem::forget(process);
            Ok(())
        }
    }
}
