// Statements in an async function that returns `Result<(), Error>`.

#[allow(unused_imports)]
use async_drop_fixtures::prelude::*;
#[allow(unused_imports)]
use async_drop_utils::*;

async fn scenario() -> Result<(), Error> {
    block!();
    Ok(())
}
