//! The same without guards: a task for each opening that must not be cut off, and a drop that has the pool closed.

use std::sync::LazyLock;
use std::time::Duration;

use sqlx::pool::PoolOptions;
use sqlx::{Connection, Database, Pool};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// What goes on behind callers who are gone; the end of the program waits for it.
pub static ENDING: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// A pool that is closed in a task when it is dropped.
struct OpenPool<DB: Database> {
    pool: Pool<DB>,
    /// From the opening on, so that the end waits also where nobody has taken the pool.
    _waited_for: TaskTrackerToken,
}

impl<DB: Database> Drop for OpenPool<DB> {
    fn drop(&mut self) {
        // Also where a close has begun: it may have been cut off.
        let pool = self.pool.clone();
        ENDING.spawn(async move { pool.close().await });
    }
}

/// Opens a pool for some work, and closes it behind that.
pub async fn with_pool<DB: Database, R>(
    options: PoolOptions<DB>,
    to: <DB::Connection as Connection>::Options,
    work: impl AsyncFnOnce(&Pool<DB>) -> sqlx::Result<R>,
) -> sqlx::Result<R> {
    let opening = ENDING.spawn(async move {
        let pool = options.connect_with(to).await?;
        Ok::<_, sqlx::Error>(OpenPool {
            pool,
            _waited_for: ENDING.token(),
        })
    });
    let open = opening.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
    let done = work(&open.pool).await;
    open.pool.close().await;
    done
}

/// Commits what `work` has done, or rolls it back.
pub async fn transact<DB: Database, R>(
    pool: &Pool<DB>,
    words: &'static str,
    work: impl AsyncFnOnce(&mut DB::Connection) -> sqlx::Result<R>,
) -> sqlx::Result<R> {
    let pool = pool.clone();
    // In a task: a `BEGIN` that is cut off would stay open in its connection.
    let beginning = ENDING.spawn(async move { pool.begin_with(words).await });
    let mut transaction = beginning.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
    match work(&mut transaction).await {
        Ok(done) => {
            transaction.commit().await?;
            Ok(done)
        }
        Err(error) => {
            if let Err(rollback) = transaction.rollback().await {
                eprintln!("rollback: {rollback}");
            }
            Err(error)
        }
    }
}

/// Undoes what fails or takes too long, inside a transaction that goes on.
pub async fn attempt<C: Connection, R>(
    outer: &mut C,
    limit: Duration,
    work: impl AsyncFnOnce(&mut <C::Database as Database>::Connection) -> sqlx::Result<R>,
) -> sqlx::Result<Option<R>> {
    let mut savepoint = outer.begin().await?;
    match timeout(limit, work(&mut savepoint)).await {
        Ok(Ok(done)) => savepoint.commit().await.map(|()| Some(done)),
        _ => savepoint.rollback().await.map(|()| None),
    }
}
