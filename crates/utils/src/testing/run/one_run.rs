use std::cell::RefCell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::advance;

use super::super::books::{Imbalance, Ledger};
use super::super::current;
use super::super::world::{Await, End, Injection, Moment, Plan, Record, SILENCE, World};
use super::panics::{Panicked, Panics};
use super::settle::{MAX_WAITS, settle};
use super::watchdog::{Alarm, Watchdog};
use crate::CleanupTracker;
use crate::async_drop::{ArmedInRun, ask_first_for_armed, ask_first_for_tracker};

thread_local! {
    static TRACKER: RefCell<Option<CleanupTracker>> = const { RefCell::new(None) };
    static ARMED: RefCell<Option<Arc<ArmedInRun>>> = const { RefCell::new(None) };
}

/// How long a runtime that is shut down with a timeout waits for its blocking threads, in real time: one of them may wait for a task that
/// never goes on.
const SHUT_DOWN_WITHIN: Duration = Duration::from_millis(10);

/// What the code under test writes to, by way of what is [`current`].
#[derive(Clone)]
pub(in super::super) struct Run {
    ledger: Ledger,
    /// In place of the process-wide one, so that explorations in other threads do not see each other's cleanup tasks.
    tracker: CleanupTracker,
    armed: Arc<ArmedInRun>,
    world: Arc<World>,
    panics: Arc<Panics>,
}

/// A scenario of whatever type: each call is a run of it, which ends with the error that it returns.
pub(in super::super) type Scenario<'a> =
    dyn Fn() -> Pin<Box<dyn Future<Output = Option<String>> + 'a>> + 'a;

/// What is too much for one run.
#[derive(Clone, Copy)]
pub(in super::super) struct Bounds {
    /// More fallible operations than this are a fault of the scenario.
    pub(in super::super) operations: usize,
    /// More pending polls than this are a fault of the scenario.
    pub(in super::super) awaits: usize,
}

/// How the clock of a run goes and how long the run may take.
#[derive(Clone, Copy)]
pub(in super::super) struct Clock {
    pub(in super::super) paused: bool,
    /// How long, in real time, a runtime may take to be dropped.
    pub(in super::super) patience: Duration,
    /// How long, on the run's clock, tasks may go on after the scenario.
    pub(in super::super) settle: Duration,
    /// The books must balance already when the scenario returns.
    pub(in super::super) balanced_on_return: bool,
}

pub(in super::super) struct Finished {
    pub(in super::super) ended: Ended,
    pub(in super::super) record: Record,
    pub(in super::super) panics: Vec<Panicked>,
    pub(in super::super) imbalance: Imbalance,
    /// The books did not balance when the scenario returned, and they should have.
    pub(in super::super) too_early: Option<Imbalance>,
}

pub(in super::super) enum Ended {
    /// With the error that the scenario returned.
    Returned(Option<String>),
    Panicked,
    Cancelled,
    /// The runtime ended, and what was open then cannot be cleaned up any more.
    WithoutRuntime,
    TooManyOperations,
    TooManyAwaits,
    /// The scenario, or a task that it left behind, had not come to rest when the alarm rang.
    Hung,
}

/// Why the driver has the word, and not the scenario.
enum Stop {
    Ended(Ended),
    HourPasses(usize),
    RuntimeEnds(Injection),
}

impl Run {
    /// Runs `scenario` once, and then whatever it left behind.
    pub(in super::super) fn of(
        scenario: &Scenario<'_>,
        plan: Plan,
        bounds: Bounds,
        clock: Clock,
        watchdog: &Watchdog,
    ) -> Finished {
        let run = Self {
            ledger: Ledger::new(),
            tracker: CleanupTracker::of_a_process(),
            armed: Arc::default(),
            world: Arc::new(World::new(plan, bounds.operations)),
            panics: Arc::default(),
        };
        ask_first_for_tracker(|| current::read(&TRACKER));
        ask_first_for_armed(|| current::read(&ARMED));
        let _entered = (
            run.ledger.enter(),
            current::enter(&TRACKER, run.tracker.clone()),
            current::enter(&ARMED, Arc::clone(&run.armed)),
            run.world.enter(),
            run.panics.enter(),
        );
        let waits = Arc::new(AtomicUsize::new(0));
        let runtime = runtime(run.clone(), clock.paused, Arc::clone(&waits));
        run.world.runs_on(runtime.handle().id());
        let alarm = watchdog.watch();
        let limit = run.settles_within(clock);
        let mut too_early = None;
        let (ended, how, settled) = runtime.block_on(async {
            let (ended, how) = run.drive(scenario, bounds.awaits, &alarm).await;
            if matches!(ended, Ended::Returned(_)) && clock.balanced_on_return && !run.moves_time()
            {
                too_early = run.ledger.balance().err();
            }
            let settled = if how.is_some() {
                Some(())
            } else if run.world.plan().ends_behind_drain {
                alarm
                    .unless_rung(async { drop(crate::drain(limit).await) })
                    .await
            } else {
                alarm.unless_rung(settle(limit, &waits)).await
            };
            (ended, how, settled.is_some())
        });
        // Tasks that are left are dropped here, and what their destructors do still counts.
        let limit = if settled { limit } else { Duration::ZERO };
        let came_to_rest = match how {
            None => {
                runtime.shutdown_timeout(limit);
                settled
            }
            Some(End::ShutDownWithin) => {
                runtime.shutdown_timeout(SHUT_DOWN_WITHIN);
                true
            }
            Some(End::Dropped) => run.drops(runtime, clock.patience),
            Some(End::ShutDownInBackground) => {
                runtime.shutdown_background();
                true
            }
        };
        Finished {
            ended: if run.world.exceeded() {
                Ended::TooManyOperations
            } else if came_to_rest {
                ended
            } else {
                Ended::Hung
            },
            record: run.world.take_record(),
            panics: run.panics.take(),
            imbalance: run.ledger.balance().err().unwrap_or_default(),
            too_early,
        }
    }

    /// Says whether the runtime could be dropped: that waits for its blocking threads without a limit.
    fn drops(&self, runtime: Runtime, patience: Duration) -> bool {
        let (done, dropped) = mpsc::channel();
        let run = self.clone();
        thread::spawn(move || {
            run.enter_for_good();
            drop(runtime);
            // Nobody waits when it took too long.
            let _ = done.send(());
        });
        // Otherwise the thread has ended, if only by a panic.
        dropped.recv_timeout(patience) != Err(RecvTimeoutError::Timeout)
    }

    /// What has been asked of a far side that never answers takes longer than everything else.
    fn settles_within(&self, clock: Clock) -> Duration {
        let injections = self.world.plan().injections.iter();
        let silent = injections
            .filter(|injection| injection.moves_time())
            .count();
        let silence = SILENCE * u32::try_from(silent).unwrap_or(u32::MAX);
        clock.settle.saturating_add(silence)
    }

    /// Whether time is what goes wrong: a cleanup that is given so long may then go on behind the scenario.
    fn moves_time(&self) -> bool {
        self.world
            .plan()
            .injections
            .iter()
            .any(Injection::moves_time)
    }

    /// Makes this run's things current on this thread for as long as the thread lives.
    fn enter_for_good(&self) {
        self.ledger.enter_for_good();
        TRACKER.set(Some(self.tracker.clone()));
        ARMED.set(Some(Arc::clone(&self.armed)));
        self.world.enter_for_good();
        self.panics.enter_for_good();
    }

    /// Runs the scenario to its end or to the one that is planned for it, and with that also says how the runtime ends.
    async fn drive(
        &self,
        scenario: &Scenario<'_>,
        max_awaits: usize,
        alarm: &Alarm,
    ) -> (Ended, Option<End>) {
        let mut future = scenario();
        let mut held_back = self.world.turns();
        let ended = loop {
            let stop = poll_fn(|context| {
                if alarm.poll(context).is_ready() {
                    return Poll::Ready(Stop::Ended(Ended::Hung));
                }
                if held_back > 0 {
                    held_back -= 1;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                let polled = self.poll(future.as_mut(), max_awaits, context);
                held_back = self.world.turns();
                polled
            });
            match stop.await {
                Stop::Ended(ended) => break (ended, None),
                Stop::HourPasses(at) => {
                    self.world.injected(&Injection::HourPasses { at });
                    advance(SILENCE).await;
                }
                Stop::RuntimeEnds(injection) => {
                    self.world.injected(&injection);
                    let Injection::Ended { how, .. } = injection else {
                        unreachable!("a runtime ends as planned");
                    };
                    break (Ended::WithoutRuntime, Some(how));
                }
            }
        };
        // Dropped on the runtime: guards hand their cleanup over to it.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(future))) {
            self.panics.caught(&*payload);
        }
        ended
    }

    fn poll(
        &self,
        future: Pin<&mut dyn Future<Output = Option<String>>>,
        max_awaits: usize,
        context: &mut Context<'_>,
    ) -> Poll<Stop> {
        // Woken: what the last pending await waited for is there.
        if let Some(stop) = self.planned(self.world.awaits(), Moment::OnceWoken) {
            return Poll::Ready(stop);
        }
        let polled = catch_unwind(AssertUnwindSafe(|| future.poll(context)));
        if self.world.exceeded() {
            return Poll::Ready(Stop::Ended(Ended::TooManyOperations));
        }
        match polled {
            Ok(Poll::Ready(error)) => Poll::Ready(Stop::Ended(Ended::Returned(error))),
            Err(payload) => {
                self.panics.caught(&*payload);
                Poll::Ready(Stop::Ended(Ended::Panicked))
            }
            Ok(Poll::Pending) => {
                let number = self.world.pending();
                match self.planned(number, Moment::AtOnce) {
                    Some(stop) => Poll::Ready(stop),
                    None if number > max_awaits => Poll::Ready(Stop::Ended(Ended::TooManyAwaits)),
                    None => Poll::Pending,
                }
            }
        }
    }

    /// What the plan has for the scenario's pending await of this number.
    fn planned(&self, number: usize, moment: Moment) -> Option<Stop> {
        let here = Await { number, moment };
        self.world
            .plan()
            .injections
            .iter()
            .find_map(|injection| match injection {
                Injection::Cancelled(at) if *at == here => {
                    self.world.injected(injection);
                    Some(Stop::Ended(Ended::Cancelled))
                }
                Injection::HourPasses { at } if *at == number && moment == Moment::AtOnce => {
                    Some(Stop::HourPasses(*at))
                }
                Injection::Ended { at, .. } if *at == number && moment == Moment::AtOnce => {
                    Some(Stop::RuntimeEnds(injection.clone()))
                }
                _ => None,
            })
    }
}

fn runtime(run: Run, paused: bool, waits: Arc<AtomicUsize>) -> Runtime {
    let world = Arc::clone(&run.world);
    Builder::new_current_thread()
        .enable_all()
        .start_paused(paused)
        // Called on the threads of `spawn_blocking`, which end with this runtime.
        .on_thread_start(move || run.enter_for_good())
        .on_thread_park(move || {
            if waits.fetch_add(1, Ordering::Relaxed) == MAX_WAITS {
                world.end_silence();
            }
        })
        .build()
        .expect("a run needs a Tokio runtime, and the system refused one")
}
