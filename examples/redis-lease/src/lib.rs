//! A lease in Redis that is renewed while some work runs, stops the work when it is lost, and is given back once.

use std::convert::Infallible;
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncCommands, ErrorKind, ExistenceCheck, RedisError, RedisResult, Script, SetExpiry,
    SetOptions,
};
use tokio::time::{Instant, sleep_until, timeout_at};

// ANCHOR: lease
/// Renews what is still the caller's own.
const RENEW: &str = "return redis.call('GET', KEYS[1]) == ARGV[1]
    and redis.call('PEXPIRE', KEYS[1], ARGV[2])";

/// Gives back what is still the caller's own.
const RELEASE: &str = "return redis.call('GET', KEYS[1]) == ARGV[1]
    and redis.call('DEL', KEYS[1])";

/// A key with a token of its own, which ends by itself when it is not renewed.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::release, error = RedisError)]
pub struct Lease {
    redis: MultiplexedConnection,
    name: String,
    token: String,
    time: Duration,
    asked: Instant, // for the last grant, which lasts for `time` from here on at least
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
            let time = SetExpiry::PX(lease.time.as_millis() as u64);
            let if_free = SetOptions::default().conditional_set(ExistenceCheck::NX);
            let options = if_free.with_expiration(time);
            let set = lease.redis.set_options(&lease.name, &lease.token, options);
            match set.await? {
                true => Ok(()),
                false => Err((ErrorKind::Client, "somebody else has the lease").into()),
            }
        })
        .await
    }

    async fn keep(&mut self) -> RedisResult<Infallible> {
        loop {
            sleep_until(self.asked + self.time / 4).await;
            let (asked, limit) = (Instant::now(), self.asked + self.time / 2);
            let renewed = timeout_at(limit, self.if_mine(RENEW)).await;
            if !renewed.unwrap_or(Ok(false))? {
                return Err((ErrorKind::Client, "the lease is lost").into());
            }
            self.asked = asked;
        }
    }

    async fn release(&mut self) -> RedisResult<()> {
        self.if_mine(RELEASE).await.map(drop)
    }

    async fn if_mine(&self, script: &str) -> RedisResult<bool> {
        let script = Script::new(script);
        let mut call = script.key(&self.name);
        let call = call.arg(&self.token).arg(self.time.as_millis() as u64);
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
