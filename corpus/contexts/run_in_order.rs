// Items, among them an `async fn run() -> Result<(), Error>`, which is called and cleans up a log file before a lease.

#[allow(unused_imports)]
use async_drop_fixtures::prelude::*;
#[allow(unused_imports)]
use async_drop_utils::*;

block!();

async fn scenario() -> Result<(), Error> {
    run().await?;
    assert_eq!(closed(), ["log file", "lease"]);
    Ok(())
}
