//! A name that stays registered until it is withdrawn.

use std::io;

use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use async_trait::async_trait;

use crate::wire::SharedWire;

/// A registration under a name, on a stream that others use too.
#[derive(Debug)]
pub struct Registration {
    wire: SharedWire,
    name: String,
}

impl Registration {
    /// Registers under guard: who is cut off before the answer withdraws.
    ///
    /// # Errors
    ///
    /// The server's refusal, or whatever the network has to say.
    pub async fn open(wire: SharedWire, name: String) -> io::Result<AsyncDropGuard<Self>> {
        let registration = Self { wire, name };
        AsyncDropGuard::init(registration, async |registration| {
            registration.tell("REGISTER").await
        })
        .await
    }

    /// Registers, and makes the guard when the answer has come.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_then_guard(
        wire: SharedWire,
        name: String,
    ) -> io::Result<AsyncDropGuard<Self>> {
        let registration = Self { wire, name };
        registration.tell("REGISTER").await?;
        Ok(AsyncDropGuard::new_cancel_safe(registration))
    }

    async fn tell(&self, verb: &str) -> io::Result<()> {
        let request = format!("{verb} {}", self.name);
        self.wire.lock().await.ask(&request).await.map(drop)
    }
}

#[async_trait]
impl AsyncDrop for Registration {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        self.tell("WITHDRAW").await // succeeds also when nothing was registered
    }
}
