// A block of statements that uses what every example uses.

#[allow(unused_imports)]
use async_drop_utils::{AsyncDrop, AsyncDropGuard};

#[derive(Debug)]
struct Connection;

#[async_trait::async_trait]
impl AsyncDrop for Connection {
    type Error = std::io::Error;

    async fn async_drop_impl(&mut self) -> Result<(), std::io::Error> {
        Ok(())
    }
}

async fn connect() -> std::io::Result<AsyncDropGuard<Connection>> {
    Ok(AsyncDropGuard::new(Connection))
}

async fn scenario() -> std::io::Result<()> {
    block!();
    Ok(())
}
