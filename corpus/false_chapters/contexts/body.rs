// A connection whose opening and closing stand on the books.

#[allow(unused_imports)]
use async_drop_utils::testing::{Entry, InjectedFault, Ledger, fallible};
#[allow(unused_imports)]
use async_drop_utils::{AsyncDrop, AsyncDropGuard};

#[derive(Debug)]
struct Connection(Option<Entry>);

impl Connection {
    async fn fetch(&self) -> Result<u32, InjectedFault> {
        fallible("fetch").await?;
        Ok(7)
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Connection {
    type Error = InjectedFault;

    async fn async_drop_impl(&mut self) -> Result<(), InjectedFault> {
        if let Some(entry) = self.0.take() {
            entry.close();
        }
        Ok(())
    }
}

async fn connect() -> Result<AsyncDropGuard<Connection>, InjectedFault> {
    fallible("connect").await?;
    let entry = Ledger::current().open("connection");
    Ok(AsyncDropGuard::new(Connection(Some(entry))))
}

async fn scenario() -> Result<(), InjectedFault> {
    block!();
    Ok(())
}
