//! Transactions in the scope of their connection: who holds the lock, and until when.

use std::io;
use std::time::Duration;

use async_drop_real_resources::{Trial, World};
use async_drop_utils::{AsyncDropGuard, closing, with_async_drop};
use sqlx::{ConnectOptions, Connection as _, SqliteConnection};
use tokio::time::timeout;

use crate::database::{Connection, TABLE, Transaction, options};
use crate::far_side::{Notes, ORDERS, left_in_databases, tell_of_open_files};

#[track_caller]
fn trial(name: &'static str) -> Trial {
    Trial::new(name).look(left_in_databases)
}

fn told(done: sqlx::Result<()>) -> io::Result<()> {
    done.map_err(io::Error::other)
}

/// Tells when the lock is held behind the scope that was to give it back.
async fn tell_of_lock(world: &World, neighbour: &Connection) -> sqlx::Result<()> {
    if neighbour.finds_a_lock().await? {
        world
            .seen
            .tell("the lock is held behind its scope".to_owned());
    }
    Ok(())
}

async fn write(transaction: &mut Transaction, notes: &Notes, id: i64) -> sqlx::Result<()> {
    transaction.insert(id).await?;
    transaction.commit_order(notes, id).await
}

#[test]
fn a_transaction_in_its_connections_scope_leaves_neither_lock_nor_file() {
    trial("scopes").never_leaks(|world: World| async move {
        let notes = Notes::of(&world);
        let work = async {
            for id in ORDERS {
                with_async_drop!(
                    connection = Connection::open(&world).await?,
                    transaction = connection.begin().await?,
                    { write(&mut transaction, &notes, id).await }
                )?;
                tell_of_open_files(&world)?;
            }
            Ok(())
        };
        told(work.await)
    });
}

#[test]
fn a_connection_that_is_dropped_is_closed_behind_the_end() {
    trial("bare connection").leaks(|world: World| async move {
        let notes = Notes::of(&world);
        let work = async {
            for id in ORDERS {
                let mut connection = options(&world).connect().await?;
                write_bare(&mut connection, &notes, id).await?;
                drop(connection);
                tell_of_open_files(&world)?;
            }
            Ok(())
        };
        told(work.await)
    });
}

/// Writes in a transaction of sqlx, which asks for its rollback when it is dropped.
async fn write_bare(connection: &mut SqliteConnection, notes: &Notes, id: i64) -> sqlx::Result<()> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::raw_sql(TABLE).execute(&mut *transaction).await?;
    let insert = sqlx::query("INSERT INTO orders VALUES (?)").bind(id);
    insert.execute(&mut *transaction).await?;
    notes.asked(id);
    transaction.commit().await?;
    notes.committed(id);
    Ok(())
}

#[test]
fn a_transaction_of_sqlx_ends_before_the_close_of_its_connection() {
    trial("bare transaction, connection closed").never_leaks(|world: World| async move {
        let notes = Notes::of(&world);
        let opening = options(&world);
        let connect = async move {
            let close = async |connection: SqliteConnection| connection.close().await;
            Ok::<_, sqlx::Error>(closing(opening.connect().await?, close))
        };
        let work = async {
            with_async_drop!(connection = AsyncDropGuard::acquire(connect).await?, {
                for id in ORDERS {
                    write_bare(&mut connection, &notes, id).await?;
                }
                Ok::<_, sqlx::Error>(())
            })
        };
        told(work.await)
    });
}

#[test]
fn a_timeout_inside_the_scope_gives_the_lock_back_before_it_returns() {
    trial("timeout inside").never_leaks(|mut world: World| async move {
        let notes = Notes::of(&world);
        let work = async {
            with_async_drop!(
                neighbour = Connection::open_impatient(&world).await?,
                connection = Connection::open(&world).await?,
                {
                    for id in ORDERS {
                        let limit = world.chance.time(Duration::from_millis(1));
                        with_async_drop!(transaction = connection.begin().await?, {
                            let written = timeout(limit, write(&mut transaction, &notes, id));
                            written.await.unwrap_or(Ok(()))
                        })?;
                        tell_of_lock(&world, &neighbour).await?;
                    }
                    Ok::<_, sqlx::Error>(())
                }
            )
        };
        told(work.await)
    });
}

#[test]
fn a_timeout_around_a_transaction_of_sqlx_returns_before_the_lock_is_given_back() {
    trial("bare transaction, timeout").leaks(|mut world: World| async move {
        let notes = Notes::of(&world);
        let work = async {
            with_async_drop!(neighbour = Connection::open_impatient(&world).await?, {
                let mut connection = options(&world).connect().await?;
                for id in ORDERS {
                    let limit = world.chance.time(Duration::from_millis(1));
                    let written = timeout(limit, write_bare(&mut connection, &notes, id));
                    written.await.unwrap_or(Ok(()))?;
                    tell_of_lock(&world, &neighbour).await?;
                }
                connection.close().await
            })
        };
        told(work.await)
    });
}

/// Writes four orders, each in a transaction in the outer one, of which some are given up, and commits what is left.
async fn write_inside(mut world: World, is_limit_inside: bool) -> sqlx::Result<()> {
    let notes = Notes::of(&world);
    with_async_drop!(
        connection = Connection::open(&world).await?,
        outer = connection.begin().await?,
        {
            let (mut asked, mut sure) = (Vec::new(), Vec::new());
            for id in ORDERS.take(4) {
                let limit = world.chance.time(Duration::from_millis(1));
                let no_limit = Duration::from_secs(60);
                let (inside, around) = match is_limit_inside {
                    true => (limit, no_limit),
                    false => (no_limit, limit),
                };
                let writing = async {
                    with_async_drop!(inner = outer.begin().await?, {
                        let written = timeout(inside, async {
                            inner.insert(id).await?;
                            asked.push(id);
                            inner.commit().await?;
                            sure.push(id);
                            Ok::<_, sqlx::Error>(())
                        });
                        written.await.unwrap_or(Ok(()))
                    })
                };
                timeout(around, writing).await.unwrap_or(Ok(()))?;
            }
            asked.iter().for_each(|id| notes.asked(*id));
            outer.commit().await?;
            sure.iter().for_each(|id| notes.committed(*id));
            Ok(())
        }
    )
}

#[test]
fn an_inner_transaction_that_is_given_up_inside_is_undone_before_the_outer_one_goes_on() {
    let trial = trial("inner transaction, timeout inside");
    trial.never_leaks(|world: World| async move { told(write_inside(world, true).await) });
}

#[test]
fn an_outer_transaction_that_goes_on_at_once_commits_what_was_given_up_inside() {
    let trial = trial("inner transaction, timeout outside");
    trial.leaks(|world: World| async move { told(write_inside(world, false).await) });
}

#[test]
fn an_inner_transaction_whose_commit_is_reported_goes_with_the_outer_one() {
    trial("inner transaction, reported").leaks(|world: World| async move {
        let notes = Notes::of(&world);
        let work = async {
            with_async_drop!(
                connection = Connection::open(&world).await?,
                outer = connection.begin().await?,
                {
                    for id in ORDERS.take(4) {
                        with_async_drop!(inner = outer.begin().await?, {
                            inner.insert(id).await?;
                            inner.commit_order(&notes, id).await
                        })?;
                    }
                    outer.commit().await
                }
            )
        };
        told(work.await)
    });
}
