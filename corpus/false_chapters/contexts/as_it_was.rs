// Statements, with the library as it was.

#[allow(unused_imports)]
use crate::as_it_was::{CleanupTracker, drain, with_async_drop};
#[allow(unused_imports)]
use crate::far_side::*;
#[allow(unused_imports)]
use async_drop_utils::{AsyncDrop, AsyncDropGuard};

async fn scenario() -> Result<(), Error> {
    block!();
    Ok(())
}
