//! A lease that stays held until it is given back.

use std::io;
use std::net::SocketAddr;

use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use async_trait::async_trait;

use crate::wire::Wire;

/// A lease on a name.
#[derive(Debug)]
pub struct Lease {
    wire: Wire,
    name: String,
}

impl Lease {
    /// Asks for the lease under guard: who is cut off before the answer gives it back.
    ///
    /// # Errors
    ///
    /// The server's refusal, or whatever the network has to say.
    pub async fn acquire(server: SocketAddr, name: &str) -> io::Result<AsyncDropGuard<Self>> {
        let wire = Wire::connect(server).await?;
        let lease = Self {
            wire,
            name: name.to_owned(),
        };
        AsyncDropGuard::init(lease, async |lease| lease.tell("LOCK").await).await
    }

    /// Asks for the lease, and for a guard when the answer has come.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    pub async fn acquire_then_guard(
        server: SocketAddr,
        name: &str,
    ) -> io::Result<AsyncDropGuard<Self>> {
        let wire = Wire::connect(server).await?;
        let mut lease = Self {
            wire,
            name: name.to_owned(),
        };
        lease.tell("LOCK").await?;
        Ok(AsyncDropGuard::new_cancel_safe(lease))
    }

    /// Keeps the lease.
    ///
    /// # Errors
    ///
    /// When it is lost, or whatever the network has to say.
    pub async fn renew(&mut self) -> io::Result<()> {
        self.tell("RENEW").await
    }

    async fn tell(&mut self, verb: &str) -> io::Result<()> {
        self.wire
            .ask(&format!("{verb} {}", self.name))
            .await
            .map(drop)
    }
}

#[async_trait]
impl AsyncDrop for Lease {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        self.tell("UNLOCK").await // succeeds also when nothing was granted
    }
}
