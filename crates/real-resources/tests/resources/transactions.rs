//! Transactions in transactions on a connection, under timeouts around the inner scope and around a cleanup.

use std::io;
use std::time::Duration;

use async_drop_real_resources::{Connection, Transaction, Trial, World};
use async_drop_utils::with_async_drop;
use tokio::time::timeout;

/// Writes in a transaction of its own.
async fn write_inside(outer: &Transaction) -> io::Result<()> {
    let inner = outer.begin().await?;
    with_async_drop!(inner, {
        inner.insert().await?;
        inner.commit().await
    })
}

#[test]
fn a_timeout_around_the_inner_scope_ends_each_transaction_before_its_base() {
    Trial::new("scopes").never_leaks(|mut world: World| async move {
        let connection = Connection::open(world.server).await?;
        with_async_drop!(connection, {
            let transaction = connection.begin().await?;
            with_async_drop!(transaction, {
                transaction.insert().await?;
                let limit = world.chance.time(Duration::from_millis(8));
                match timeout(limit, write_inside(&transaction)).await {
                    Ok(written) => written,
                    Err(_) => Ok(()), // the scope waits for what is cleaned up inside
                }
            })
        })
    });
}

#[test]
fn a_timeout_around_a_cleanup_lets_it_go_on_before_the_connection_closes() {
    Trial::new("timeout around the cleanup").never_leaks(|mut world: World| async move {
        with_async_drop!(connection = Connection::open(world.server).await?, {
            let mut transaction = connection.begin().await?;
            transaction.insert().await?;
            let limit = world.chance.time(Duration::from_millis(3));
            timeout(limit, transaction.async_drop()).await?
        })
    });
}
