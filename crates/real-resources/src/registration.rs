//! A name that stays registered until it is withdrawn.

use std::io;

use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use async_trait::async_trait;

use crate::wire::{SharedWire, Wire};
use crate::world::World;

/// A registration under a name, on a stream that others use too.
#[derive(Debug)]
pub struct Registration {
    wire: SharedWire,
    name: String,
}

impl Registration {
    /// Registers one of a program's names, on a stream of its own.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn of(world: &World, number: usize) -> io::Result<AsyncDropGuard<Self>> {
        let wire = Wire::connect(world.server).await?.shared();
        Self::open(wire, format!("{}-{number}", world.mark)).await
    }

    /// The same under a plain guard, as a foreign crate's constructor may return it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn plain(world: &World, number: usize) -> io::Result<AsyncDropGuard<Self>> {
        let registration = Self::of(world, number).await?;
        Ok(AsyncDropGuard::new(
            registration.unsafe_into_inner_dont_drop(),
        ))
    }

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
