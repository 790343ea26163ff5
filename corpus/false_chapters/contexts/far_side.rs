// Statements.

#[allow(unused_imports)]
use crate::far_side::*;
#[allow(unused_imports)]
use async_drop_utils::*;

async fn scenario() -> Result<(), Error> {
    block!();
    Ok(())
}
