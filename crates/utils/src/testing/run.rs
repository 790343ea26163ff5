//! One run of a scenario on a runtime of its own.

use std::cell::RefCell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::{Instant, sleep};

use super::current;
use super::faults::{Faults, InjectedFault};
use super::ledger::{Imbalance, Ledger};
use super::outcome::Outcome;
use super::panics::{Panicked, Panics};
use super::watchdog::{Alarm, Watchdog};
use crate::CleanupTracker;
use crate::async_drop::{ArmedInRun, ask_first_for_armed, ask_first_for_tracker};

thread_local! {
    static TRACKER: RefCell<Option<CleanupTracker>> = const { RefCell::new(None) };
    static ARMED: RefCell<Option<Arc<ArmedInRun>>> = const { RefCell::new(None) };
}

/// After this many waits, what is left is a task that ticks for ever; it would make each run take seconds.
const MAX_WAITS: usize = 10_000;

/// Short enough to notice soon that [`MAX_WAITS`] is exceeded.
const LONGEST_STEP: Duration = Duration::from_secs(10);

/// What the code under test writes to, by way of what is [`current`].
#[derive(Clone)]
pub(super) struct Run {
    ledger: Ledger,
    /// In place of the process-wide one, so that explorations in other threads do not see each other's cleanup tasks.
    tracker: CleanupTracker,
    armed: Arc<ArmedInRun>,
    faults: Arc<Faults>,
    panics: Arc<Panics>,
}

/// What a run does to its scenario.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    /// The fallible operation that fails, counted from 1.
    pub(super) fail: Option<usize>,
    pub(super) cancel: Option<Cancel>,
    /// More fallible operations than this are a fault of the scenario.
    pub(super) max_operations: usize,
    /// More pending polls than this are a fault of the scenario.
    pub(super) max_awaits: usize,
}

/// When the scenario's future is dropped.
#[derive(Clone, Copy)]
pub(super) struct Cancel {
    /// At which of its pending polls, counted from 1.
    pub(super) at: usize,
    /// Not at once but when it has been woken: what it waited for is then on its way to it.
    pub(super) once_woken: bool,
}

/// How the clock of a run goes and how long the run may take.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    pub(super) paused: bool,
    /// How long, on the run's clock, tasks may go on after the scenario.
    pub(super) settle: Duration,
}

pub(super) struct Finished {
    pub(super) ended: Ended,
    /// Says whether the plan's cancellation took place, whatever came of it.
    pub(super) cancelled: bool,
    pub(super) injected: Option<InjectedFault>,
    pub(super) panics: Vec<Panicked>,
    pub(super) imbalance: Imbalance,
}

pub(super) enum Ended {
    /// With the error that the scenario returned.
    Returned(Option<String>),
    Panicked,
    Cancelled,
    TooManyOperations,
    TooManyAwaits,
    /// The scenario, or a task that it left behind, had not come to rest when the alarm rang.
    Hung,
}

impl Run {
    /// Runs `scenario` once, and then whatever it left behind.
    pub(super) fn of<O: Outcome>(
        scenario: &impl AsyncFn() -> O,
        plan: Plan,
        clock: Clock,
        watchdog: &Watchdog,
    ) -> Finished {
        let run = Self {
            ledger: Ledger::new(),
            tracker: CleanupTracker::new(),
            armed: Arc::default(),
            faults: Arc::new(Faults::new(plan.fail, plan.max_operations)),
            panics: Arc::default(),
        };
        ask_first_for_tracker(|| current::read(&TRACKER));
        ask_first_for_armed(|| current::read(&ARMED));
        let _entered = (
            run.ledger.enter(),
            current::enter(&TRACKER, run.tracker.clone()),
            current::enter(&ARMED, Arc::clone(&run.armed)),
            run.faults.enter(),
            run.panics.enter(),
        );
        let waits = Arc::new(AtomicUsize::new(0));
        let runtime = runtime(run.clone(), clock.paused, Arc::clone(&waits));
        let alarm = watchdog.watch();
        let (ended, settled) = runtime.block_on(async {
            let ended = run.drive(scenario, plan, &alarm).await;
            let settled = alarm.unless_rung(settle(clock.settle, &waits)).await;
            (ended, settled.is_some())
        });
        // Tasks that are left are dropped here, and what their destructors do still counts.
        runtime.shutdown_timeout(if settled {
            clock.settle
        } else {
            Duration::ZERO
        });
        Finished {
            cancelled: matches!(ended, Ended::Cancelled),
            ended: if run.faults.exceeded() {
                Ended::TooManyOperations
            } else if settled {
                ended
            } else {
                Ended::Hung
            },
            injected: run.faults.injected(),
            panics: run.panics.take(),
            imbalance: run.ledger.balance().err().unwrap_or_default(),
        }
    }

    /// Makes this run's things current on this thread for as long as the thread lives.
    fn enter_for_good(&self) {
        self.ledger.enter_for_good();
        TRACKER.set(Some(self.tracker.clone()));
        ARMED.set(Some(Arc::clone(&self.armed)));
        self.faults.enter_for_good();
        self.panics.enter_for_good();
    }

    async fn drive<O: Outcome>(
        &self,
        scenario: &impl AsyncFn() -> O,
        plan: Plan,
        alarm: &Alarm,
    ) -> Ended {
        // The scenario is called inside, so that a panic of the plain part of `|| { …; async { … } }` is caught, too.
        let mut future = Box::pin(async { scenario().await.into_error() });
        let mut pending = 0;
        let ended = poll_fn(|context| {
            if alarm.poll(context).is_ready() {
                return Poll::Ready(Ended::Hung);
            }
            if plan.cancel.is_some_and(|cancel| cancel.at == pending) {
                return Poll::Ready(Ended::Cancelled);
            }
            let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
            if self.faults.exceeded() {
                return Poll::Ready(Ended::TooManyOperations);
            }
            match polled {
                Ok(Poll::Ready(error)) => Poll::Ready(Ended::Returned(error)),
                Err(payload) => {
                    self.panics.caught(&*payload);
                    Poll::Ready(Ended::Panicked)
                }
                Ok(Poll::Pending) => {
                    pending += 1;
                    match plan.cancel {
                        Some(cancel) if cancel.at == pending && !cancel.once_woken => {
                            Poll::Ready(Ended::Cancelled)
                        }
                        _ if pending > plan.max_awaits => Poll::Ready(Ended::TooManyAwaits),
                        _ => Poll::Pending,
                    }
                }
            }
        })
        .await;
        // Dropped on the runtime: guards hand their cleanup over to it.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(future))) {
            self.panics.caught(&*payload);
        }
        ended
    }
}

fn runtime(run: Run, paused: bool, waits: Arc<AtomicUsize>) -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .start_paused(paused)
        // Called on the threads of `spawn_blocking`, which end with this runtime.
        .on_thread_start(move || run.enter_for_good())
        .on_thread_park(move || {
            waits.fetch_add(1, Ordering::Relaxed);
        })
        .build()
        .expect("a run needs a Tokio runtime, and the system refused one")
}

/// Lets spawned tasks, blocking ones and timers do their work until no task is left or a bound is reached.
///
/// `waits` counts how often the runtime has had nothing to do but to wait.
async fn settle(limit: Duration, waits: &AtomicUsize) {
    let metrics = Handle::current().metrics();
    let start = Instant::now();
    let waited_before = waits.load(Ordering::Relaxed);
    let mut step = Duration::from_millis(1);
    loop {
        // A paused clock moves on only when nothing else can run, and waits for blocking threads.
        sleep(step).await;
        let left = limit.saturating_sub(start.elapsed());
        let waited = waits.load(Ordering::Relaxed) - waited_before;
        if metrics.num_alive_tasks() == 0 || left.is_zero() || waited > MAX_WAITS {
            return;
        }
        step = (step * 2).min(LONGEST_STEP).min(left);
    }
}
