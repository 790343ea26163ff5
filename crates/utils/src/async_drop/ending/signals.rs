use std::io;
#[cfg(not(unix))]
use std::pin::Pin;
#[cfg(not(unix))]
use std::task::ready;
use std::task::{Context, Poll};
use std::time::Duration;

use super::ended::Ended;
use super::report::signal_not_caught;
use super::run::run;
use super::stop_reason::StopReason;
use super::stopping::Stopping;

/// Runs work to its end, or until ctrl-c or SIGTERM; awaits what it leaves to clean up, and says what came of both.
///
/// For `main`. How the grace period after the first signal is split, and that a second signal ends the wait, is said of
/// [`run_until`](crate::run_until). On systems other than Unix there is ctrl-c alone.
///
/// The signals are caught from the first poll on, and as Tokio has it for the rest of the process: thereafter they end nothing any
/// more. What is left behind a `main` that has returned is the runtime's shutdown, which waits for blocking tasks; a program that may
/// have some that never end (a read of the standard input is one) makes its own runtime and ends it by `shutdown_background`.
///
/// A signal that cannot be caught is reported, and does what it did before; so do all other signals.
///
/// # Cancellation
///
/// The work is dropped, and its cleanups go to tasks, which nobody awaits.
///
/// # Panics
///
/// As [`run_until`](crate::run_until) does; and on a runtime whose I/O driver is off.
///
/// # Example
///
/// ```no_run
/// use std::io;
/// use std::time::Duration;
///
/// use async_drop_utils::{Ended, run_to_end};
/// use tokio::net::TcpListener;
///
/// #[tokio::main]
/// async fn main() -> Ended<io::Result<()>> {
///     run_to_end(Duration::from_secs(10), async |stopping| {
///         let listener = TcpListener::bind("127.0.0.1:8080").await?;
///         loop {
///             tokio::select! {
///                 accepted = listener.accept() => drop(accepted?),
///                 () = stopping.requested() => return Ok(()),
///             }
///         }
///     })
///     .await
/// }
/// ```
pub async fn run_to_end<R>(
    grace_period: Duration,
    work: impl AsyncFnOnce(Stopping) -> R,
) -> Ended<R> {
    let mut signals = Signals::catch();
    let requests = move |context: &mut Context<'_>| signals.poll(context);
    run(requests, grace_period, work).await
}

#[cfg(unix)]
struct Signals([(StopReason, Option<tokio::signal::unix::Signal>); 2]);

#[cfg(unix)]
impl Signals {
    fn catch() -> Self {
        use tokio::signal::unix::{SignalKind, signal};

        let caught = |reason, kind| (reason, or_reported(reason, signal(kind)));
        Self([
            caught(StopReason::Interrupt, SignalKind::interrupt()),
            caught(StopReason::Terminate, SignalKind::terminate()),
        ])
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<StopReason> {
        for (reason, signal) in &mut self.0 {
            let received = signal.as_mut().map(|signal| signal.poll_recv(context));
            if let Some(Poll::Ready(Some(()))) = received {
                return Poll::Ready(*reason);
            }
        }
        Poll::Pending
    }
}

#[cfg(not(unix))]
struct Signals(Option<Pin<Box<dyn Future<Output = io::Result<()>> + Send>>>);

#[cfg(not(unix))]
impl Signals {
    fn catch() -> Self {
        Self(Some(Box::pin(tokio::signal::ctrl_c())))
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<StopReason> {
        let reason = StopReason::Interrupt;
        let Some(pressed) = &mut self.0 else {
            return Poll::Pending;
        };
        let pressed = ready!(pressed.as_mut().poll(context));
        let pressed = or_reported(reason, pressed);
        self.0 = pressed.map(|()| Box::pin(tokio::signal::ctrl_c()) as _);
        match self.0 {
            Some(_) => Poll::Ready(reason),
            None => Poll::Pending,
        }
    }
}

/// `None` when it cannot be caught, which is reported.
fn or_reported<S>(reason: StopReason, caught: io::Result<S>) -> Option<S> {
    caught
        .map_err(|error| signal_not_caught(reason, &error))
        .ok()
}
