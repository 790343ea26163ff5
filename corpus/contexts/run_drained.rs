// Items, among them an `async fn run() -> Result<(), Error>`, which is called; what it cancels is drained before it counts as
// returned.

#[allow(unused_imports)]
use async_drop_fixtures::prelude::*;
#[allow(unused_imports)]
use async_drop_utils::*;

block!();

async fn scenario() -> Result<(), Error> {
    drained(run()).await
}
