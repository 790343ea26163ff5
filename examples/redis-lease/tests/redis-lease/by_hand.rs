//! The same without a guard: a lease that is released in a task when it is dropped, and a call on the way out that makes this unnecessary.

use std::convert::Infallible;
use std::mem;
use std::sync::LazyLock;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, ErrorKind, ExistenceCheck, RedisResult, Script, SetExpiry, SetOptions};
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::task::TaskTracker;

/// What goes on behind callers who are gone; the end of the program waits for it.
pub static ENDING: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Renews what is still the caller's own.
const RENEW: &str = "return redis.call('GET', KEYS[1]) == ARGV[1]
    and redis.call('PEXPIRE', KEYS[1], ARGV[2])";

/// Gives back what is still the caller's own.
const RELEASE: &str = "return redis.call('GET', KEYS[1]) == ARGV[1]
    and redis.call('DEL', KEYS[1])";

/// A key with a token of its own, which ends by itself when it is not renewed.
#[derive(Debug)]
pub struct Lease {
    key: Key,
    asked: Instant,
    is_armed: bool,
}

/// What a release needs, whoever carries it out.
#[derive(Debug, Clone)]
struct Key {
    redis: MultiplexedConnection,
    name: String,
    token: String,
    time: Duration,
}

impl Lease {
    /// Takes the lease of this name, where nobody has it.
    pub async fn acquire(
        redis: &MultiplexedConnection,
        name: &str,
        time: Duration,
    ) -> RedisResult<Self> {
        let (redis, name, asked) = (redis.clone(), name.to_owned(), Instant::now());
        let token = format!("{:032x}", fastrand::u128(..));
        let key = Key {
            redis,
            name,
            token,
            time,
        };
        // Before it asks: dropped here, it is granted all the same.
        let mut lease = Self {
            key,
            asked,
            is_armed: true,
        };
        let time = SetExpiry::PX(time.as_millis() as u64);
        let if_free = SetOptions::default().conditional_set(ExistenceCheck::NX);
        let options = if_free.with_expiration(time);
        let (name, token) = (lease.key.name.clone(), lease.key.token.clone());
        if lease.key.redis.set_options(name, token, options).await? {
            return Ok(lease);
        }
        lease.is_armed = false;
        Err((ErrorKind::Client, "somebody else has the lease").into())
    }

    async fn keep(&mut self) -> RedisResult<Infallible> {
        loop {
            sleep_until(self.asked + self.key.time / 4).await;
            let (asked, limit) = (Instant::now(), self.asked + self.key.time / 2);
            let renewed = timeout_at(limit, self.key.if_mine(RENEW)).await;
            if !renewed.unwrap_or(Ok(false))? {
                return Err((ErrorKind::Client, "the lease is lost").into());
            }
            self.asked = asked;
        }
    }

    async fn release(mut self) -> RedisResult<()> {
        let released = self.key.release().await;
        // Behind the await: cut off there, the drop has to do it again.
        self.is_armed = false;
        released
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if mem::take(&mut self.is_armed) {
            let key = self.key.clone();
            ENDING.spawn(async move {
                if let Err(error) = key.release().await {
                    eprintln!("a lease is not given back: {error}");
                }
            });
        }
    }
}

impl Key {
    async fn release(&self) -> RedisResult<()> {
        self.if_mine(RELEASE).await.map(drop)
    }

    async fn if_mine(&self, script: &str) -> RedisResult<bool> {
        let script = Script::new(script);
        let mut call = script.key(&self.name);
        let call = call.arg(&self.token).arg(self.time.as_millis() as u64);
        call.invoke_async(&mut self.redis.clone()).await
    }
}

/// Does some work while nobody else has the lease of this name, and drops it when the lease is lost.
pub async fn while_leased<R>(
    redis: &MultiplexedConnection,
    name: &str,
    time: Duration,
    work: impl Future<Output = RedisResult<R>>,
) -> RedisResult<R> {
    let mut lease = Lease::acquire(redis, name, time).await?;
    let done = tokio::select! {
        done = work => done,
        lost = lease.keep() => lost.map(|never| match never {}),
    };
    match (done, lease.release().await) {
        (Ok(_), Err(error)) => Err(error),
        (done, Ok(())) => done,
        (Err(error), Err(release)) => {
            eprintln!("a lease is not given back: {release}");
            Err(error)
        }
    }
}
