//! The same without a guard: a lease that is released in a task when it is dropped, and a call on the way out that makes this unnecessary.

use std::convert::Infallible;
use std::mem;
use std::sync::LazyLock;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{ErrorKind, FromRedisValue, RedisResult, Script, cmd};
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::task::TaskTracker;

/// What goes on behind callers who are gone; the end of the program waits for it.
pub static ENDING: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Carries out a command on a key whose value is still the caller's token.
const IF_MINE: &str = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
    return redis.call(ARGV[2], KEYS[1], unpack(ARGV, 3))";

/// A key with a token of its own, which ends by itself when it is not renewed.
#[derive(Debug)]
pub struct Lease {
    key: Key,
    time: Duration,
    asked: Instant,
    is_armed: bool,
}

/// What a release needs, whoever carries it out.
#[derive(Debug, Clone)]
struct Key {
    redis: MultiplexedConnection,
    name: String,
    token: String,
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
        let key = Key { redis, name, token };
        // Before it asks: dropped here, it is granted all the same.
        let mut lease = Self {
            key,
            time,
            asked,
            is_armed: true,
        };
        let mut set = cmd("SET");
        set.arg(&lease.key.name).arg(&lease.key.token).arg("NX");
        let set = set.arg("PX").arg(time.as_millis() as u64);
        match set.query_async(&mut lease.key.redis).await {
            Ok(true) => Ok(lease),
            Ok(false) => {
                lease.is_armed = false;
                Err((ErrorKind::Client, "somebody else has the lease").into())
            }
            Err(error) => {
                let _ = lease.release().await;
                Err(error)
            }
        }
    }

    /// Renews the lease until it is lost.
    async fn keep(&mut self) -> RedisResult<Infallible> {
        let lost = (ErrorKind::Client, "the lease is lost");
        loop {
            sleep_until(self.asked + self.time / 4).await;
            let (asked, limit) = (Instant::now(), self.asked + self.time / 2);
            let renewed = self
                .key
                .if_mine("PEXPIRE", Some(self.time.as_millis() as u64));
            match timeout_at(limit, renewed).await {
                Ok(Ok(true)) => self.asked = asked,
                Ok(Err(error)) => return Err(error),
                Ok(Ok(false)) | Err(_) => return Err(lost.into()),
            }
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
        self.if_mine::<bool>("DEL", None).await.map(drop)
    }

    async fn if_mine<R: FromRedisValue>(&self, command: &str, arg: Option<u64>) -> RedisResult<R> {
        let script = Script::new(IF_MINE);
        let mut call = script.key(&self.name);
        let call = call.arg(&self.token).arg(command).arg(arg);
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
