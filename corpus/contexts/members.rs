// The cleanup of a job that owns a lease and a connection.

use async_drop_fixtures::{Connection, Error, Lease};
use async_drop_utils::*;
use async_trait::async_trait;

#[derive(Debug)]
struct Job {
    lease: AsyncDropGuard<Lease>,
    connection: AsyncDropGuard<Connection>,
}

block!();

// Both guards stay plain, so that one which is skipped shows.
async fn scenario() -> Result<(), Error> {
    let (lease, connection) = tokio::join!(Lease::acquire("job"), Connection::open("db"));
    let both: Result<_, Error> = flatten_async_drop(lease, connection).await;
    let (lease, connection) = both?;
    let job = AsyncDropGuard::new_cancel_safe(Job { lease, connection });
    with_async_drop!(job, { job.connection.query("select 1").await.map(drop) })
}
