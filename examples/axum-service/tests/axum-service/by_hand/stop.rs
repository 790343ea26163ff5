//! When to stop, and how long that may take.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

pub struct Stop {
    pub requested: CancellationToken,
    insisted: CancellationToken,
    first: Arc<OnceLock<(Instant, u8)>>,
    grace_period: Duration,
}

impl Stop {
    /// Listens to ctrl-c and SIGTERM from now on.
    pub fn listen(grace_period: Duration) -> io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let stop = Self {
            requested: CancellationToken::new(),
            insisted: CancellationToken::new(),
            first: Arc::default(),
            grace_period,
        };
        let (requested, insisted) = (stop.requested.clone(), stop.insisted.clone());
        let first = Arc::clone(&stop.first);
        tokio::spawn(async move {
            for told in [requested, insisted] {
                let code = tokio::select! {
                    _ = interrupt.recv() => 130,
                    _ = terminate.recv() => 143,
                };
                first.get_or_init(|| (Instant::now(), code));
                told.cancel();
            }
        });
        Ok(stop)
    }

    /// Is over with the half of the grace period, in which requests may finish, or at a second signal.
    pub async fn half_time(&self) {
        self.time(self.grace_period / 2).await;
    }

    /// Is over with the grace period, or at a second signal.
    pub async fn whole_time(&self) {
        self.time(self.grace_period).await;
    }

    async fn time(&self, part: Duration) {
        self.requested.cancelled().await;
        let Some((first, _)) = self.first.get() else {
            return;
        };
        tokio::select! {
            () = sleep_until(*first + part) => {}
            () = self.insisted.cancelled() => {}
        }
    }

    /// What a program ends with that has been stopped at its work.
    pub fn exit_code(&self) -> ExitCode {
        self.first
            .get()
            .map_or(ExitCode::SUCCESS, |(_, code)| ExitCode::from(*code))
    }
}
