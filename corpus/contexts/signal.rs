// A service `serve_until`, once with a signal that comes and once with one that does not.

use std::future::pending;
use std::time::Duration;

use async_drop_fixtures::{Error, Subscription};
use async_drop_utils::*;
use tokio::task::yield_now;

block!();

async fn scenario() -> Result<(), Error> {
    serve_until(pending()).await?;
    serve_until(async {
        yield_now().await;
        yield_now().await;
    })
    .await
}
