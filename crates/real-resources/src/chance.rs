//! What is left to chance, and can be had again from its seed.

use std::time::Duration;

use fastrand::Rng;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::timeout;

/// A source of random choices.
#[derive(Debug, Clone)]
pub struct Chance(Rng);

impl Chance {
    /// The choices that belong to this seed.
    pub fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    /// Another source, for somebody else.
    pub fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// Says yes once in `times`.
    pub fn once_in(&mut self, times: u32) -> bool {
        self.0.u32(0..times) == 0
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0.usize(0..end)
    }

    /// A time of up to `longest`, to the microsecond.
    pub fn time(&mut self, longest: Duration) -> Duration {
        let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX - 1);
        Duration::from_micros(self.0.u64(0..=micros))
    }

    /// Runs a program, and cuts it off within `longest` in one of the ways in which programs are cut off; one in eight comes to its end.
    ///
    /// # Panics
    ///
    /// If the program panics.
    pub async fn cut_off(
        mut self,
        longest: Duration,
        program: impl Future<Output = ()> + Send + 'static,
    ) {
        let after = self.time(longest);
        match self.below(8) {
            0 => program.await,
            1 | 2 => {
                let _ = timeout(after, program).await;
            }
            3 | 4 => tokio::select! {
                () = program => {}
                () = pause(after) => {}
            },
            // Both are awaited, as whoever drains has to: a task that is being polled still ends that poll, and may make a guard in it.
            5 | 6 => {
                let task = tokio::spawn(program);
                pause(after).await;
                task.abort();
                if let Err(ended) = task.await {
                    assert!(ended.is_cancelled(), "{ended}");
                }
            }
            _ => {
                let mut tasks = JoinSet::new();
                tasks.spawn(program);
                pause(after).await;
                tasks.shutdown().await;
            }
        }
    }
}

/// Waits to the microsecond, where the clock of the runtime knows milliseconds.
async fn pause(time: Duration) {
    let _ = spawn_blocking(move || std::thread::sleep(time)).await;
}
