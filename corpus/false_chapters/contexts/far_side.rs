// Statements.

#[allow(unused_imports)]
use crate::far_side::*;
#[allow(unused_imports)]
use async_drop_fixtures::Error;
#[allow(unused_imports)]
use async_drop_utils::*;
#[allow(unused_imports)]
use async_trait::async_trait;
#[allow(unused_imports)]
use std::time::Duration;
#[allow(unused_imports)]
use tokio::time::{Instant, sleep, timeout};

async fn scenario() -> Result<(), Error> {
    block!();
    Ok(())
}
