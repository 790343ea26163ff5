// Statements in an async function that returns `Result<(), Error>`; what they cancel is drained before it counts as returned.

#[allow(unused_imports)]
use async_drop_fixtures::prelude::*;
#[allow(unused_imports)]
use async_drop_utils::*;

async fn run() -> Result<(), Error> {
    block!();
    Ok(())
}

async fn scenario() -> Result<(), Error> {
    drained(run()).await
}
