// A function `open` that enters a name in a registry.

use async_drop_fixtures::{Error, Registry};
use async_drop_utils::*;
use async_trait::async_trait;

#[derive(Debug)]
struct Registration {
    registry: Registry,
}

#[async_trait]
impl AsyncDrop for Registration {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        self.registry.withdraw("worker").await
    }
}

block!();

async fn scenario() -> Result<(), Error> {
    let mut registration = open(Registry::default()).await?.cancel_safe();
    registration.async_drop().await
}
