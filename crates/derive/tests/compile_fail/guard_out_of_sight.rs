use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_drop_utils::{AsyncDrop, AsyncDropGuard};

#[derive(Debug, AsyncDrop)]
struct Shared {
    connection: Arc<Mutex<AsyncDropGuard<String>>>,
}

#[derive(Debug, AsyncDrop)]
struct Keyed {
    connection: AsyncDropGuard<String>,
    others: HashMap<u32, AsyncDropGuard<String>>,
}

#[derive(Debug, AsyncDrop)]
struct HalfATuple(u8, (AsyncDropGuard<String>, u8));

fn main() {}
