//! Transactions in transactions on a connection, under timeouts, in tasks.

use std::io;
use std::time::Duration;

use async_drop_real_resources::{Connection, Transaction, Trial, World};
use async_drop_utils::{AsyncDropTaskGroup, with_async_drop};
use tokio::task::JoinSet;
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
    Trial::new("transactions, scopes").never_leaks(|mut world: World| async move {
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
fn a_timeout_inside_the_scope_leaves_the_connection_to_the_next_transaction() {
    Trial::new("transactions, timeout inside").never_leaks(|mut world: World| async move {
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
    Trial::new("transactions, timeout outside").leaks(|mut world: World| async move {
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

#[test]
fn values_opened_in_one_line_are_scopes_each_in_the_one_before() {
    Trial::new("transactions, one line").never_leaks(|mut world: World| async move {
        with_async_drop!(
            connection = Connection::open(world.server).await?,
            outer = connection.begin().await?,
            inner = outer.begin().await?,
            {
                let limit = world.chance.time(Duration::from_millis(5));
                let write = async {
                    inner.insert().await?;
                    inner.commit().await
                };
                timeout(limit, write).await?
            }
        )
    });
}

#[test]
fn a_timeout_around_a_cleanup_lets_it_go_on_before_the_connection_closes() {
    Trial::new("transactions, timeout around the cleanup").never_leaks(
        |mut world: World| async move {
            with_async_drop!(connection = Connection::open(world.server).await?, {
                let mut transaction = connection.begin().await?;
                transaction.insert().await?;
                let limit = world.chance.time(Duration::from_millis(3));
                timeout(limit, transaction.async_drop()).await?
            })
        },
    );
}

#[test]
fn a_task_group_ends_the_transaction_of_its_task_before_the_connection() {
    Trial::new("transactions, task group").never_leaks(|world: World| async move {
        let tasks = AsyncDropTaskGroup::new(Connection::open(world.server).await?);
        with_async_drop!(tasks, {
            tasks.spawn(async move |connection| {
                with_async_drop!(transaction = connection.begin().await?, {
                    transaction.insert().await
                })
            });
            tasks.value().ask("QUERY").await?;
            tasks.join_all().await.map(drop)
        })
    });
}

#[test]
fn a_join_set_in_the_body_leaves_the_transaction_of_its_task_to_whoever_is_first() {
    Trial::new("transactions, join set")
        .copies(8)
        .leaks(|world: World| async move {
            with_async_drop!(connection = Connection::open(world.server).await?, {
                let mut tasks = JoinSet::new();
                let transaction = connection.begin().await?;
                tasks.spawn(async move {
                    with_async_drop!(transaction, { transaction.insert().await })
                });
                connection.ask("QUERY").await?;
                while let Some(done) = tasks.join_next().await {
                    done??;
                }
                Ok(())
            })
        });
}

#[test]
fn one_macro_for_both_closes_the_connection_before_the_transaction() {
    Trial::new("transactions, one macro").leaks(|world: World| async move {
        let connection = Connection::open(world.server).await?;
        let transaction = connection.begin().await?;
        with_async_drop!(connection, transaction, { transaction.insert().await })
    });
}
