// Items, with the library as it was: `work` is what `main` runs before it drains.

#[allow(unused_imports)]
use crate::as_it_was::{drain, with_async_drop};
#[allow(unused_imports)]
use crate::far_side::*;
#[allow(unused_imports)]
use async_drop_utils::{AsyncDrop, AsyncDropArc, AsyncDropGuard};

block!();

async fn scenario() -> Result<(), Error> {
    let worked = work().await;
    if !drain(Duration::from_secs(10)).await {
        eprintln!("something is still running");
    }
    worked
}
