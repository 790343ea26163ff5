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
    let opening = async {
        let (lease, connection) = tokio::join!(Lease::acquire("job"), Connection::open("db"));
        let both: Result<_, Error> = flatten_async_drop(lease, connection).await;
        let (lease, connection) = both?;
        Ok::<_, Error>(AsyncDropGuard::new(Job { lease, connection }))
    };
    // Finished when it is cut off: `join!` holds the guard that is there first.
    with_async_drop!(job = AsyncDropGuard::acquire(opening).await?, {
        job.connection.query("select 1").await.map(drop)
    })
}
