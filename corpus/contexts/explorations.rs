// Statements that explore scenarios of their own, on a thread that has no runtime and no other exploration.

#[allow(unused_imports)]
use std::{
    panic::resume_unwind,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

#[allow(unused_imports)]
use async_drop_utils::testing::*;
#[allow(unused_imports)]
use async_drop_utils::*;
#[allow(unused_imports)]
use tokio::time::{sleep, timeout};

fn scenario() {
    let explored = thread::spawn(|| {
        block!();
    });
    if let Err(panic) = explored.join() {
        resume_unwind(panic);
    }
}
