//! A library's pool: what goes back when it is dropped, and what does not.

use std::io;
use std::time::Duration;

use async_drop_real_resources::{Trial, World};
use async_drop_utils::{AsyncDropGuard, Closing, closing, with_async_drop};
use futures_util::future::join_all;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteJournalMode, SqlitePoolOptions};
use tokio::time::timeout;

use crate::database::{TABLE, options};
use crate::far_side::{Notes, ORDERS, left_in_databases, tell_of_open_files};

#[track_caller]
fn trial(name: &'static str) -> Trial {
    let trial = Trial::new(name).look(left_in_databases);
    trial.cut_off_within(Duration::from_millis(25))
}

fn told(done: sqlx::Result<()>) -> io::Result<()> {
    done.map_err(io::Error::other)
}

/// How many connections a pool has.
const CONNECTIONS: u32 = 3;

async fn open(world: &World) -> sqlx::Result<SqlitePool> {
    // All of them at once: one that is opened later, for somebody who is cut off, is closed with nobody waiting.
    // Of two connections that are closed at the same time, neither takes itself for the last, and the files of a write-ahead log stay.
    let options = options(world).journal_mode(SqliteJournalMode::Delete);
    let pool = SqlitePoolOptions::new()
        .min_connections(CONNECTIONS)
        .max_connections(CONNECTIONS)
        // One whose test is cut off is dropped, and nobody waits for its close.
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(5))
        .connect_with(options.busy_timeout(Duration::from_millis(100)))
        .await?;
    sqlx::raw_sql(TABLE).execute(&pool).await?;
    Ok(pool)
}

async fn open_guarded(
    world: &World,
) -> sqlx::Result<AsyncDropGuard<Closing<SqlitePool, sqlx::Error>>> {
    let world = world.clone();
    AsyncDropGuard::acquire(async move {
        let close = async |pool: SqlitePool| {
            pool.close().await;
            Ok(())
        };
        Ok(closing(open(&world).await?, close))
    })
    .await
}

/// Writes in a transaction of sqlx, which asks for its rollback when it is dropped.
async fn write(pool: &SqlitePool, notes: &Notes, id: i64) -> sqlx::Result<()> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let insert = sqlx::query("INSERT INTO orders VALUES (?)").bind(id);
    insert.execute(&mut *transaction).await?;
    notes.asked(id);
    transaction.commit().await?;
    notes.committed(id);
    Ok(())
}

/// The same with the words written out: nobody says the last one for who is cut off.
async fn write_by_hand(pool: &SqlitePool, notes: &Notes, id: i64) -> sqlx::Result<()> {
    let mut connection = pool.acquire().await?;
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut *connection)
        .await?;
    let insert = sqlx::query("INSERT INTO orders VALUES (?)").bind(id);
    if let Err(error) = insert.execute(&mut *connection).await {
        sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
        return Err(error);
    }
    notes.asked(id);
    sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
    notes.committed(id);
    Ok(())
}

/// Tells when not all connections of a pool can be used.
async fn tell_of_lost(world: &World, pool: &SqlitePool) {
    let used = (0..CONNECTIONS).map(async |_| {
        let mut connection = pool.acquire().await?;
        sqlx::raw_sql("BEGIN; ROLLBACK")
            .execute(&mut *connection)
            .await?;
        Ok::<_, sqlx::Error>(connection)
    });
    for used in join_all(used).await {
        if let Err(error) = used {
            world
                .seen
                .tell(format!("a connection of the pool is lost: {error}"));
        }
    }
}

/// Cuts each of some writes off, and then looks for all connections.
async fn use_pool(
    world: &mut World,
    pool: &SqlitePool,
    write: impl AsyncFn(&SqlitePool, &Notes, i64) -> sqlx::Result<()>,
) -> sqlx::Result<()> {
    let notes = Notes::of(world);
    let limits: Vec<Duration> = ORDERS
        .map(|_| world.chance.time(Duration::from_millis(6)))
        .collect();
    let writes = ORDERS.zip(limits);
    let writes = writes.map(|(id, limit)| timeout(limit, write(pool, &notes, id)));
    for written in join_all(writes).await.into_iter().flatten() {
        written?;
    }
    tell_of_lost(world, pool).await;
    Ok(())
}

#[test]
fn connections_go_back_and_the_pool_is_closed_in_the_end() {
    trial("closed").never_leaks(|mut world: World| async move {
        let work = async {
            with_async_drop!(pool = open_guarded(&world).await?, {
                use_pool(&mut world, &pool, write).await
            })
        };
        told(work.await)?;
        tell_of_open_files(&world)
    });
}

#[test]
fn a_pool_that_is_dropped_closes_its_connections_behind_the_end() {
    trial("dropped").leaks(|mut world: World| async move {
        let work = async {
            let pool = open(&world).await?;
            use_pool(&mut world, &pool, write).await
        };
        told(work.await)?;
        tell_of_open_files(&world)
    });
}

#[test]
fn a_connection_goes_back_with_the_transaction_that_was_begun_by_hand() {
    trial("begun by hand").leaks(|mut world: World| async move {
        let work = async {
            with_async_drop!(pool = open_guarded(&world).await?, {
                use_pool(&mut world, &pool, write_by_hand).await
            })
        };
        told(work.await)
    });
}
