//! What borrows cannot move to a cleanup task.

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::{AsyncDrop, AsyncDropGuard};

#[derive(Debug)]
struct Cursor<'a>(&'a str);

#[async_trait::async_trait]
impl AsyncDrop for Cursor<'_> {
    type Error = ();

    async fn async_drop_impl(&mut self) -> Result<(), ()> {
        Ok(())
    }
}

async fn read(text: &str) -> Result<(), ()> {
    let cursor = AsyncDropGuard::new(Cursor(text));
    with_async_drop!(cursor, { Ok(()) })
}

fn main() {}
