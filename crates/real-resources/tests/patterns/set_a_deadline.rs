//! Pattern "Set a deadline": transactions that may take so long, one after the other on a connection.

use std::time::Duration;

use async_drop_real_resources::{Connection, Trial, World};
use async_drop_utils::with_async_drop;
use tokio::time::{Instant, timeout, timeout_at};

#[test]
fn opening_and_work_that_are_bounded_each_by_itself_close_the_connection() {
    Trial::new("opening and work").never_leaks(|mut world: World| async move {
        let deadline = Instant::now() + world.chance.time(Duration::from_millis(8));
        let opening = timeout_at(deadline, Connection::open(world.server));
        with_async_drop!(connection = opening.await??, {
            timeout_at(deadline, connection.ask("QUERY"))
                .await?
                .map(drop)
        })
    });
}

#[test]
fn a_timeout_inside_the_scope_leaves_the_connection_to_the_next_transaction() {
    Trial::new("timeout inside").never_leaks(|mut world: World| async move {
        let connection = Connection::open(world.server).await?;
        with_async_drop!(connection, {
            for _ in 0..2 {
                let limit = world.chance.time(Duration::from_millis(5));
                let transaction = connection.begin().await?;
                with_async_drop!(transaction, {
                    match timeout(limit, transaction.insert()).await {
                        Ok(inserted) => inserted?,
                        Err(_) => return Ok(()), // too slow: rolled back before the next one begins
                    }
                    transaction.commit().await
                })?;
            }
            Ok(())
        })
    });
}

#[test]
fn a_timeout_around_the_scope_begins_the_next_transaction_in_the_one_before() {
    Trial::new("timeout outside").leaks(|mut world: World| async move {
        let connection = Connection::open(world.server).await?;
        with_async_drop!(connection, {
            for _ in 0..2 {
                let limit = world.chance.time(Duration::from_millis(5));
                let write = async {
                    let transaction = connection.begin().await?;
                    with_async_drop!(transaction, {
                        transaction.insert().await?;
                        transaction.commit().await
                    })
                };
                if let Ok(written) = timeout(limit, write).await {
                    written?;
                }
            }
            Ok(())
        })
    });
}
