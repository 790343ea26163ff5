use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use async_trait::async_trait;

struct NotDebug;

#[derive(Debug)]
struct CloseError;

impl From<CloseError> for NotDebug {
    fn from(_: CloseError) -> Self {
        Self
    }
}

#[derive(Debug)]
struct Connection;

#[async_trait]
impl AsyncDrop for Connection {
    type Error = CloseError;

    async fn async_drop_impl(&mut self) -> Result<(), CloseError> {
        Ok(())
    }
}

#[derive(Debug, AsyncDrop)]
#[async_drop(error = NotDebug)]
struct Pool {
    connection: AsyncDropGuard<Connection>,
}

fn main() {}
