//! A subscription to a topic, whose end the server may never confirm.

use std::io;
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use async_trait::async_trait;
use tokio::time::timeout;

use crate::wire::Wire;
use crate::world::World;

/// A subscription, which ends with its stream at the latest.
#[derive(Debug)]
pub struct Subscription {
    wire: Option<Wire>,
    topic: String,
    /// How long the server's word is waited for before the stream is dropped.
    patience: Duration,
}

impl Subscription {
    /// Subscribes to a topic of the program's own; the server never confirms the end of one in three.
    ///
    /// # Errors
    ///
    /// Whatever the network has to say.
    pub async fn open(world: &mut World, patience: Duration) -> io::Result<AsyncDropGuard<Self>> {
        let is_confirmed = !world.chance.once_in(3);
        let never = if is_confirmed { "" } else { "-never" };
        let subscription = Self {
            wire: Some(Wire::connect(world.server).await?),
            topic: format!("{}{never}", world.mark),
            patience,
        };
        AsyncDropGuard::init(subscription, async |asked| asked.tell("SUBSCRIBE").await).await
    }

    /// Waits for the next message.
    ///
    /// # Errors
    ///
    /// Whatever the network has to say.
    pub async fn receive(&mut self) -> io::Result<()> {
        self.tell("ECHO").await
    }

    async fn tell(&mut self, verb: &str) -> io::Result<()> {
        let request = format!("{verb} {}", self.topic);
        match &mut self.wire {
            Some(wire) => wire.ask(&request).await.map(drop),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

#[async_trait]
impl AsyncDrop for Subscription {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        match timeout(self.patience, self.tell("UNSUBSCRIBE")).await {
            Ok(ended) => ended,
            Err(_) => {
                self.wire = None; // the last resort: the server sees the stream end
                Err(io::Error::other("the server did not say goodbye"))
            }
        }
    }
}
