// A type `Cluster` with a `leader` and `followers`.

use async_drop_fixtures::{Connection, Error};
use async_drop_utils::*;

block!();

async fn scenario() -> Result<(), Error> {
    let cluster = AsyncDropStack::<Error>::construct(async |stack| {
        let leader = stack.push(Connection::open("leader").await?);
        let first = stack.push(Connection::open("first").await?);
        let second = stack.push(Connection::open("second").await?);
        let followers = vec![stack.take(first), stack.take(second)];
        let leader = stack.take(leader);
        Ok(AsyncDropGuard::new_cancel_safe(Cluster {
            leader,
            followers,
        }))
    });
    let cluster = cluster.await?;
    with_async_drop!(cluster, {
        for follower in &cluster.followers {
            follower.query("select 1").await?;
        }
        cluster.leader.query("select 1").await.map(drop)
    })
}
