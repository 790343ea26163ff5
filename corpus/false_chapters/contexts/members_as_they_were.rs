// The cleanup of a job that owns a log file and a lease, with the library as it was.

use crate::as_it_was::async_drop_in_order;
use crate::far_side::Lease;
use async_drop_fixtures::Error;
use async_drop_utils::testing::{Entry, Ledger, fallible};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use async_trait::async_trait;

#[derive(Debug)]
struct LogFile(Entry);

#[async_trait]
impl AsyncDrop for LogFile {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        self.0.close();
        fallible("flush").await.expect("the disk is full");
        Ok(())
    }
}

#[derive(Debug)]
struct Job {
    log: AsyncDropGuard<LogFile>,
    lease: AsyncDropGuard<Lease>,
}

block!();

async fn scenario() -> Result<(), Error> {
    let lease = Lease::acquire("job").await?;
    let log = AsyncDropGuard::new(LogFile(Ledger::current().open("log file")));
    let job = AsyncDropGuard::new_cancel_safe(Job { log, lease });
    with_async_drop!(job, { job.lease.renew().await })
}
