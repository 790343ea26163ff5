use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, Sleep, sleep};

use super::super::awaited_cleanup::AwaitedCleanup;
use super::super::handover::{DrainReport, drain};
use super::ended::Ended;
use super::report::unclean_behind_panic;
use super::stop_reason::StopReason;
use super::stopping::{Request, Stopping};

/// Runs work to its end, or until `stop` is ready; awaits what it leaves to clean up, and says what came of both.
///
/// With the feature `signal`, [`run_to_end`](crate::run_to_end) is this function for ctrl-c and SIGTERM. Take this one where something
/// else stops the program: a test, a Windows service, a hook of Kubernetes.
///
/// From the moment at which `stop` is ready, all that follows takes no longer than `grace_period`:
///
/// | part | how long |
/// |---|---|
/// | work that listens to its [`Stopping`] | half of the grace period at most |
/// | work that does not | no time: it is dropped where it stands |
/// | … that awaits a cleanup, and not by way of another task, a `FuturesUnordered` or a long `join_all` | the cleanup's time; work whose last cleanup this was ends with its result |
/// | what the work left to clean up, and every cancel-safe guard that is still armed: [`drain`] | what remains, and so at least the other half, if no cleanup has used it |
///
/// Half, since neither part can know what the other will need: requests that are being answered must not take the time in which
/// connections are closed. When `insist` is ready after `stop`, the wait is over: the work is dropped, and the report lists what
/// still runs and is still armed. Without a second way to ask, give `std::future::pending()`.
///
/// Work that ends by itself keeps its result, whatever is ready thereafter. The drain behind it takes the grace period at most, `stop`
/// changes nothing of that, and `insist` after it ends it. [`Stopping::requested`] is ready then as well, so that tasks which listen end.
///
/// Guards of your own belong into the work: the drain waits for those around this call, too.
///
/// # Cancellation
///
/// The work is dropped, and its cleanups go to tasks, which nobody awaits.
///
/// # Panics
///
/// When the work does, after its cleanups; a report that is not clean is then an event at error level. When the work is dropped and
/// holds a plain guard, as such a drop does. On a runtime whose time driver is off.
///
/// # Example
///
/// ```
/// use std::future::pending;
/// use std::time::Duration;
///
/// use async_drop_utils::{StopReason, run_until};
/// use tokio::time::sleep;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let stop = sleep(Duration::from_secs(60));
/// let ended = run_until(stop, pending(), Duration::from_secs(10), async |stopping| {
///     let mut answered = 0;
///     while !stopping.is_requested() {
///         sleep(Duration::from_secs(1)).await; // answers a request
///         answered += 1;
///     }
///     answered
/// });
/// let ended = ended.await;
/// assert_eq!(ended.result, Some(60));
/// assert_eq!(ended.stopped_by, Some(StopReason::Asked));
/// assert!(ended.report.is_clean(), "{}", ended.report);
/// # });
/// ```
pub async fn run_until<R>(
    stop: impl Future<Output = ()>,
    insist: impl Future<Output = ()>,
    grace_period: Duration,
    work: impl AsyncFnOnce(Stopping) -> R,
) -> Ended<R> {
    let (mut stop, mut insist) = (pin!(stop), pin!(insist));
    let mut is_asked = false;
    let requests = move |context: &mut Context<'_>| {
        let asked = if is_asked {
            insist.as_mut().poll(context)
        } else {
            stop.as_mut().poll(context)
        };
        is_asked |= asked.is_ready();
        asked.map(|()| StopReason::Asked)
    };
    run(requests, grace_period, work).await
}

/// The same; `requests` gives the first request to stop, then the second.
pub(super) async fn run<R>(
    requests: impl FnMut(&mut Context<'_>) -> Poll<StopReason>,
    grace_period: Duration,
    work: impl AsyncFnOnce(Stopping) -> R,
) -> Ended<R> {
    let (stopping, request) = Stopping::new();
    let mut end = End {
        requests,
        request,
        grace_period,
        asked: None,
        is_cut_short: false,
    };
    let worked = end.work(async move { work(stopping).await }).await;
    end.request.make();
    let report = end.drain().await;
    let result = match worked {
        Ok(result) => result,
        Err(panic) => {
            if !report.is_clean() {
                unclean_behind_panic(&report);
            }
            resume_unwind(panic)
        }
    };
    Ended {
        result,
        report,
        stopped_by: end.asked.map(|asked| asked.reason),
        is_cut_short: end.is_cut_short,
    }
}

struct End<Q> {
    requests: Q,
    request: Request,
    grace_period: Duration,
    asked: Option<Asked>,
    /// A second request has come.
    is_cut_short: bool,
}

struct Asked {
    reason: StopReason,
    at: Instant,
}

impl<Q: FnMut(&mut Context<'_>) -> Poll<StopReason>> End<Q> {
    fn poll_requests(&mut self, context: &mut Context<'_>) {
        if self.asked.is_none() {
            if let Poll::Ready(reason) = (self.requests)(context) {
                let at = Instant::now();
                self.asked = Some(Asked { reason, at });
            }
        }
        if self.asked.is_some() && !self.is_cut_short {
            self.is_cut_short = (self.requests)(context).is_ready();
        }
    }

    /// Gives what the work gives, `None` when it had to be dropped.
    async fn work<R>(
        &mut self,
        work: impl Future<Output = R>,
    ) -> Result<Option<R>, Box<dyn Any + Send>> {
        let mut work = Box::pin(AssertUnwindSafe(work).catch_unwind());
        let mut limits = None;
        let worked = poll_fn(|context| {
            // Before the work, which may use up what Tokio lets a task do in one poll, and then would never be stopped.
            self.poll_requests(context);
            let (mut is_time_over, mut is_share_over) = (false, false);
            if self.asked.is_some() {
                let limits = limits.get_or_insert_with(|| Limits::begin(self.grace_period));
                (is_time_over, is_share_over) = limits.poll(context);
                self.request.make();
            }
            let awaited = AwaitedCleanup::watch();
            let worked = work.as_mut().poll(context);
            let awaits_cleanup = awaited.end();
            if let Poll::Ready(worked) = worked {
                return Poll::Ready(Some(worked));
            }
            let is_stopped = self.asked.is_some()
                && (self.is_cut_short
                    || is_time_over
                    || (!awaits_cleanup && (is_share_over || !self.request.is_heard())));
            if is_stopped {
                Poll::Ready(None)
            } else {
                Poll::Pending
            }
        })
        .await;
        match worked {
            Some(worked) => worked.map(Some),
            None => catch_unwind(AssertUnwindSafe(|| drop(work))).map(|()| None),
        }
    }

    async fn drain(&mut self) -> DrainReport {
        let left = match &self.asked {
            Some(asked) => self.grace_period.saturating_sub(asked.at.elapsed()),
            None => self.grace_period,
        };
        let mut drain_all = pin!(drain(left));
        let drained = poll_fn(|context| {
            self.poll_requests(context);
            if self.is_cut_short {
                return Poll::Ready(None);
            }
            drain_all.as_mut().poll(context).map(Some)
        });
        match drained.await {
            Some(report) => report,
            // Beside the other, which has all ends kept.
            None => drain(Duration::ZERO).await,
        }
    }
}

/// When the grace period is over, and when the work's share of it is.
struct Limits {
    all: Pin<Box<Sleep>>,
    share: Pin<Box<Sleep>>,
    is_over: (bool, bool),
}

impl Limits {
    fn begin(grace_period: Duration) -> Self {
        Self {
            all: Box::pin(sleep(grace_period)),
            share: Box::pin(sleep(grace_period / 2)),
            is_over: (false, false),
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> (bool, bool) {
        let (all, share) = &mut self.is_over;
        *all = *all || self.all.as_mut().poll(context).is_ready();
        *share = *share || self.share.as_mut().poll(context).is_ready();
        self.is_over
    }
}
