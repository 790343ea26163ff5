//! Pattern "Use values in a scope": transactions, each in the one before, on a connection.

use std::time::Duration;

use async_drop_real_resources::{Connection, Trial, World};
use async_drop_utils::with_async_drop;
use tokio::time::timeout;

#[test]
fn values_opened_in_one_line_are_scopes_each_in_the_one_before() {
    Trial::new("one line").never_leaks(|mut world: World| async move {
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
fn one_macro_for_both_closes_the_connection_before_the_transaction() {
    Trial::new("one macro").leaks(|world: World| async move {
        let connection = Connection::open(world.server).await?;
        let transaction = connection.begin().await?;
        with_async_drop!(connection, transaction, { transaction.insert().await })
    });
}
