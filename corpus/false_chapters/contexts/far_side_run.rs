// Items with an `async fn run()`.

#[allow(unused_imports)]
use crate::far_side::*;
#[allow(unused_imports)]
use async_drop_utils::*;

block!();

async fn scenario() -> Result<(), Error> {
    run().await
}
