//! A connection to a database, and transactions on it, each in the one before.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use async_trait::async_trait;

use crate::wire::{SharedWire, Wire};

/// A connection that says goodbye.
#[derive(Debug)]
pub struct Connection {
    wire: SharedWire,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    ///
    /// Whatever the network has to say.
    pub async fn open(server: SocketAddr) -> io::Result<AsyncDropGuard<Self>> {
        let wire = Wire::connect(server).await?.shared();
        Ok(AsyncDropGuard::new_cancel_safe(Self { wire }))
    }

    /// Sends a request and awaits its answer.
    ///
    /// # Errors
    ///
    /// The server's refusal, or whatever the network has to say.
    pub async fn ask(&self, request: &str) -> io::Result<String> {
        self.wire.lock().await.ask(request).await
    }

    /// Begins a transaction.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn begin(&self) -> io::Result<AsyncDropGuard<Transaction>> {
        Transaction::begin_at(Arc::clone(&self.wire), 1).await
    }
}

#[async_trait]
impl AsyncDrop for Connection {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        self.ask("QUIT").await.map(drop)
    }
}

/// A transaction that is rolled back unless it has been committed.
#[derive(Debug)]
pub struct Transaction {
    wire: SharedWire,
    level: usize,
}

impl Transaction {
    async fn begin_at(wire: SharedWire, level: usize) -> io::Result<AsyncDropGuard<Self>> {
        // Under guard before the request: the server begins when it reads it, whoever still waits for the answer.
        let transaction = Self { wire, level };
        AsyncDropGuard::init(transaction, async |begun| begun.tell("BEGIN").await).await
    }

    /// Begins a transaction in this one.
    ///
    /// # Errors
    ///
    /// As [`Connection::ask`].
    pub async fn begin(&self) -> io::Result<AsyncDropGuard<Self>> {
        Self::begin_at(Arc::clone(&self.wire), self.level + 1).await
    }

    /// Writes.
    ///
    /// # Errors
    ///
    /// As [`Connection::ask`].
    pub async fn insert(&self) -> io::Result<()> {
        self.tell("INSERT").await
    }

    /// Commits. Cut off, it may have happened.
    ///
    /// # Errors
    ///
    /// As [`Connection::ask`].
    pub async fn commit(&mut self) -> io::Result<()> {
        self.tell("COMMIT").await
    }

    async fn tell(&self, verb: &str) -> io::Result<()> {
        let request = format!("{verb} {}", self.level);
        self.wire.lock().await.ask(&request).await.map(drop)
    }
}

#[async_trait]
impl AsyncDrop for Transaction {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        self.tell("ROLLBACK").await // does nothing after a commit
    }
}
