//! A COMMIT that is cut off, and tried again.

use std::io;
use std::time::Duration;

use async_drop_real_resources::{Trial, World};
use async_drop_utils::with_async_drop;
use tokio::time::timeout;

use crate::database::Connection;
use crate::far_side::{Notes, left_in_databases};

#[track_caller]
fn trial(name: &'static str) -> Trial {
    Trial::new(name).look(left_in_databases)
}

const ORDER: i64 = 0;

/// Writes one order, and tries again until it is told in time that it is there.
async fn retry(mut world: World, asks_first: bool) -> sqlx::Result<()> {
    let notes = Notes::of(&world);
    with_async_drop!(connection = Connection::open(&world).await?, {
        for _ in 0..8 {
            let limit = world.chance.time(Duration::from_micros(800));
            let is_done = with_async_drop!(transaction = connection.begin().await?, {
                if asks_first && connection.count(ORDER).await? > 0 {
                    return Ok(true);
                }
                transaction.insert(ORDER).await?;
                let committing = transaction.commit_order(&notes, ORDER);
                match timeout(limit, committing).await {
                    Ok(committed) => committed.map(|()| true),
                    Err(_) => Ok(false),
                }
            })?;
            if is_done {
                break;
            }
        }
        Ok(())
    })
}

#[test]
fn a_retry_that_asks_the_database_first_writes_once() {
    trial("asks first").never_leaks(|world: World| async move {
        retry(world, true).await.map_err(io::Error::other)
    });
}

#[test]
fn a_blind_retry_writes_twice() {
    trial("blind")
        .leaks(|world: World| async move { retry(world, false).await.map_err(io::Error::other) });
}
