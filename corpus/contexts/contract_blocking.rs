// Statements outside of any runtime, for what the library promises in detail.

#[allow(unused_imports)]
use std::{
    future::poll_fn,
    panic::{self, AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{Barrier, mpsc::channel},
    thread,
    time::Duration,
};

#[allow(unused_imports)]
use async_drop_fixtures::{Error, Part, Reports, closed};
#[allow(unused_imports)]
use async_drop_utils::testing::Ledger;
#[allow(unused_imports)]
use async_drop_utils::*;
#[allow(unused_imports)]
use tokio::{
    runtime::Builder,
    task::{LocalSet, spawn_blocking},
    time::sleep,
};

fn scenario() -> Result<(), Error> {
    block!();
    Ok(())
}
