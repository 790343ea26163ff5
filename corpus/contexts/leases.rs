// The cleanup of any number of leases.

use async_drop_fixtures::{Error, Lease};
use async_drop_utils::*;
use async_trait::async_trait;

#[derive(Debug)]
struct Leases(Vec<AsyncDropGuard<Lease>>);

block!();

async fn scenario() -> Result<(), Error> {
    let leases = AsyncDropGuard::new_cancel_safe(Leases(Vec::new()));
    with_async_drop!(leases, {
        for name in ["a", "b", "c"] {
            leases.0.push(Lease::acquire(name).await?);
        }
        Ok(())
    })
}
