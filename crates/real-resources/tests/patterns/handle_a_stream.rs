//! Pattern "Handle a stream": what is not acknowledged is given back before the next one comes.

use std::io;
use std::sync::Arc;

use async_drop_real_resources::{SharedWire, Trial, Wire, World, ask};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};

#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = io::Error)]
struct Orders {
    wire: SharedWire,
    topic: String,
    taken: usize,
}

impl Orders {
    async fn open(world: &World) -> io::Result<AsyncDropGuard<Self>> {
        let orders = Self {
            wire: Wire::connect(world.server).await?.shared(),
            topic: world.mark.clone(),
            taken: 0,
        };
        AsyncDropGuard::init(orders, async |orders| {
            ask(&orders.wire, "SUBSCRIBE", &orders.topic).await
        })
        .await
    }

    async fn next(&mut self) -> io::Result<Option<AsyncDropGuard<Delivery>>> {
        if self.taken == 4 {
            return Ok(None);
        }
        self.taken += 1;
        let delivery = Delivery {
            wire: Arc::clone(&self.wire),
            name: format!("{}-{}", self.topic, self.taken),
        };
        let take = async |asked: &mut Delivery| ask(&asked.wire, "TAKE", &asked.name).await;
        AsyncDropGuard::init(delivery, take).await.map(Some)
    }

    async fn close(&mut self) -> io::Result<()> {
        ask(&self.wire, "UNSUBSCRIBE", &self.topic).await
    }
}

/// An order that goes back unless it is acknowledged.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::give_back, error = io::Error)]
struct Delivery {
    wire: SharedWire,
    name: String,
}

impl Delivery {
    async fn acknowledge(&mut self) -> io::Result<()> {
        ask(&self.wire, "ACKNOWLEDGE", &self.name).await
    }

    async fn give_back(&mut self) -> io::Result<()> {
        ask(&self.wire, "RETURN", &self.name).await // does nothing once it is acknowledged
    }
}

/// Fails now and then.
async fn ship(world: &mut World) -> io::Result<()> {
    if world.chance.once_in(3) {
        return Err(io::ErrorKind::OutOfMemory.into());
    }
    Wire::connect(world.server)
        .await?
        .ask("ECHO")
        .await
        .map(drop)
}

/// Says whether the order is dealt with.
async fn handle(world: &mut World, order: AsyncDropGuard<Delivery>) -> io::Result<bool> {
    with_async_drop!(order, {
        if ship(world).await.is_err() {
            return Ok(false);
        }
        order.acknowledge().await?;
        Ok(true)
    })
}

#[test]
fn an_order_that_fails_goes_back_before_the_next_one_comes() {
    Trial::new("a scope an item").never_leaks(|mut world: World| async move {
        with_async_drop!(orders = Orders::open(&world).await?, {
            while let Some(order) = orders.next().await? {
                handle(&mut world, order).await?;
            }
            Ok(())
        })
    });
}

#[test]
fn an_order_without_a_scope_of_its_own_goes_back_behind_the_next_or_never() {
    Trial::new("no scope an item").leaks(|mut world: World| async move {
        with_async_drop!(orders = Orders::open(&world).await?, {
            while let Some(mut order) = orders.next().await? {
                match ship(&mut world).await {
                    Ok(()) => order.acknowledge().await?,
                    Err(_) => continue, // dropped, and given back by whom?
                }
                order.async_drop().await?;
            }
            Ok(())
        })
    });
}
