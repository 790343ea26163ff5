//! A lease in Redis that is renewed while some work runs, stops the work when it is lost, and is given back once.

use std::convert::Infallible;
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use redis::aio::MultiplexedConnection;
use redis::{ErrorKind, FromRedisValue, RedisError, RedisResult, Script, cmd};
use tokio::time::{Instant, sleep_until, timeout_at};

// ANCHOR: lease
/// Carries out a command on a key whose value is still the caller's token.
const IF_MINE: &str = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
    return redis.call(ARGV[2], KEYS[1], unpack(ARGV, 3))";

/// A key with a token of its own, which ends by itself when it is not renewed.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::release, error = RedisError)]
pub struct Lease {
    redis: MultiplexedConnection,
    name: String,
    token: String,
    time: Duration,
    asked: Instant, // for the last grant, which ends after `time`, from here on at the earliest
}

impl Lease {
    /// Takes the lease of this name, where nobody has it.
    pub async fn acquire(
        redis: &MultiplexedConnection,
        name: &str,
        time: Duration,
    ) -> RedisResult<AsyncDropGuard<Self>> {
        let (redis, name, asked) = (redis.clone(), name.to_owned(), Instant::now());
        let token = format!("{:032x}", fastrand::u128(..));
        let lease = Self {
            redis,
            name,
            token,
            time,
            asked,
        };
        AsyncDropGuard::init(lease, async |lease| {
            let mut set = cmd("SET");
            set.arg(&lease.name).arg(&lease.token).arg("NX");
            let set = set.arg("PX").arg(lease.time.as_millis() as u64);
            match set.query_async(&mut lease.redis).await? {
                true => Ok(()),
                false => Err((ErrorKind::Client, "somebody else has the lease").into()),
            }
        })
        .await
    }

    /// Renews the lease until it is lost.
    async fn keep(&mut self) -> RedisResult<Infallible> {
        let lost = (ErrorKind::Client, "the lease is lost");
        loop {
            sleep_until(self.asked + self.time / 4).await;
            let (asked, limit) = (Instant::now(), self.asked + self.time / 2);
            let renewed = self.if_mine("PEXPIRE", Some(self.time.as_millis() as u64));
            match timeout_at(limit, renewed).await {
                Ok(Ok(true)) => self.asked = asked,
                Ok(Err(error)) => return Err(error),
                Ok(Ok(false)) | Err(_) => return Err(lost.into()),
            }
        }
    }

    async fn release(&mut self) -> RedisResult<()> {
        self.if_mine::<bool>("DEL", None).await.map(drop)
    }

    async fn if_mine<R: FromRedisValue>(&self, command: &str, arg: Option<u64>) -> RedisResult<R> {
        let script = Script::new(IF_MINE);
        let mut call = script.key(&self.name);
        let call = call.arg(&self.token).arg(command).arg(arg);
        call.invoke_async(&mut self.redis.clone()).await
    }
}
// ANCHOR_END: lease

// ANCHOR: work
/// Does some work while nobody else has the lease of this name, and drops it when the lease is lost.
pub async fn while_leased<R>(
    redis: &MultiplexedConnection,
    name: &str,
    time: Duration,
    work: impl Future<Output = RedisResult<R>>,
) -> RedisResult<R> {
    with_async_drop!(lease = Lease::acquire(redis, name, time).await?, {
        tokio::select! {
            done = work => done,
            lost = lease.keep() => lost.map(|never| match never {}),
        }
    })
}
// ANCHOR_END: work
