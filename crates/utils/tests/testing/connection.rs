//! A resource that keeps books.

use async_drop_utils::testing::{Entry, InjectedFault, Ledger, fallible};
use async_drop_utils::{AsyncDrop, AsyncDropGuard};

#[derive(Debug)]
pub struct Connection {
    entry: Entry,
}

impl Connection {
    /// Opens without failing and without a pending await.
    pub fn open() -> AsyncDropGuard<Self> {
        AsyncDropGuard::new(Self {
            entry: Ledger::current().open("connection"),
        })
    }

    pub async fn connect() -> Result<AsyncDropGuard<Self>, InjectedFault> {
        fallible("connect").await?;
        Ok(Self::open())
    }

    pub async fn fetch(&self) -> Result<(), InjectedFault> {
        fallible("fetch").await
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Connection {
    type Error = InjectedFault;

    async fn async_drop_impl(&mut self) -> Result<(), InjectedFault> {
        if self.entry.is_open() {
            self.entry.close();
        }
        fallible("close").await
    }
}
