use async_drop_utils::{AsyncDrop, AsyncDropGuard};

#[derive(Debug, AsyncDrop)]
struct Service {
    name: AsyncDropGuard<String>,
}

fn main() {}
