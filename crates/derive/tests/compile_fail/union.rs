use std::mem::ManuallyDrop;

use async_drop_utils::{AsyncDrop, AsyncDropGuard};

#[derive(AsyncDrop)]
union Either {
    text: ManuallyDrop<AsyncDropGuard<String>>,
    number: u32,
}

fn main() {}
