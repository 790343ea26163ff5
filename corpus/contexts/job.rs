// The constructor of a job that owns a lease and a connection.

use async_drop_fixtures::{Connection, Error, Lease};
use async_drop_utils::*;
use async_trait::async_trait;

#[derive(Debug)]
struct Job {
    lease: AsyncDropGuard<Lease>,
    connection: AsyncDropGuard<Connection>,
}

#[async_trait]
impl AsyncDrop for Job {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        async_drop_in_order!(self.connection, self.lease)
    }
}

block!();

async fn scenario() -> Result<(), Error> {
    let job = start().await?;
    with_async_drop!(job, { job.connection.query("select 1").await.map(drop) })
}
