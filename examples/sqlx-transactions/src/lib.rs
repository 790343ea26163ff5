//! A pool and transactions of sqlx: what to guard, and what not.
//!
//! Guarded are the pool, whose close waits for its connections, and a transaction from its `BEGIN` on. A savepoint is not: what is queued on
//! its connection comes before whatever the outer transaction says next.

use std::time::Duration;

use async_drop_utils::{AsyncDropGuard, Closing, closing, with_async_drop};
use sqlx::pool::PoolOptions;
use sqlx::{Connection, Database, Pool, Transaction};
use tokio::time::timeout;

// ANCHOR: guards
/// What somebody waits for when it is closed, or rolled back.
pub type Guarded<T> = AsyncDropGuard<Closing<T, sqlx::Error>>;

/// Opens a pool; its close waits for each connection that is still out.
pub async fn open<DB: Database>(
    options: PoolOptions<DB>,
    to: <DB::Connection as Connection>::Options,
) -> sqlx::Result<Guarded<Pool<DB>>> {
    AsyncDropGuard::acquire(async move {
        let pool = options.connect_with(to).await?;
        Ok(closing(pool, async |pool: Pool<DB>| {
            pool.close().await;
            Ok(())
        }))
    })
    .await
}

/// Begins a transaction: `BEGIN`, `BEGIN IMMEDIATE`, `BEGIN ISOLATION LEVEL SERIALIZABLE`.
pub async fn begin<DB: Database>(
    pool: &Pool<DB>,
    words: &'static str,
) -> sqlx::Result<Guarded<Transaction<'static, DB>>> {
    let pool = pool.clone();
    AsyncDropGuard::acquire(async move {
        let begun = pool.begin_with(words).await?;
        Ok(closing(begun, Transaction::rollback))
    })
    .await
}
// ANCHOR_END: guards

/// Opens a pool for some work, and closes it behind that.
///
/// # Errors
///
/// Those of the opening and of the work.
pub async fn with_pool<DB: Database, R>(
    options: PoolOptions<DB>,
    to: <DB::Connection as Connection>::Options,
    work: impl AsyncFnOnce(&Pool<DB>) -> sqlx::Result<R>,
) -> sqlx::Result<R> {
    with_async_drop!(pool = open(options, to).await?, { work(&pool).await })
}

// ANCHOR: transact
/// Commits what `work` has done, or rolls it back.
pub async fn transact<DB: Database, R>(
    pool: &Pool<DB>,
    words: &'static str,
    work: impl AsyncFnOnce(&mut DB::Connection) -> sqlx::Result<R>,
) -> sqlx::Result<R> {
    with_async_drop!(transaction = begin(pool, words).await?, {
        let done = work(&mut transaction).await?;
        Closing::take(&mut transaction).commit().await?; // cut off here: ask for its id
        Ok(done)
    })
}

/// Undoes what fails or takes too long, inside a transaction that goes on.
pub async fn attempt<C: Connection, R>(
    outer: &mut C,
    limit: Duration,
    work: impl AsyncFnOnce(&mut <C::Database as Database>::Connection) -> sqlx::Result<R>,
) -> sqlx::Result<Option<R>> {
    let mut savepoint = outer.begin().await?; // no limit around this
    match timeout(limit, work(&mut savepoint)).await {
        Ok(Ok(done)) => savepoint.commit().await.map(|()| Some(done)),
        _ => savepoint.rollback().await.map(|()| None),
    }
}
// ANCHOR_END: transact
