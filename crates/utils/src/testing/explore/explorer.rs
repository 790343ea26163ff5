use std::time::Duration;

use super::super::run::{Outcome, Scenario};
use super::super::world::{Fault, Plan, Record};
use super::exploration::Exploration;
use super::leak::Leak;
use super::limits::Limits;
use super::replay;
use super::report::Report;

/// Runs an async scenario again and again, each time with one more thing that the world can do, and checks the books after every run.
///
/// The first run injects nothing. Each run has a fresh [`Ledger`](super::super::Ledger) and a fresh current-thread Tokio runtime
/// whose clock is paused: time passes at once when nothing else can run. After the scenario the runtime goes on until
/// no spawned task is left (or [`settle_within`](Self::settle_within) has passed); only then must the books balance.
///
/// A run is found fault with when the books do not balance, when anything panics on its threads (spawned tasks included), when it
/// does not come to an end, and when the scenario returns an error although nothing was injected. Errors that it returns after a
/// fault, or in another order of its tasks, are its own affair.
///
/// | call | explores |
/// |---|---|
/// | [`failures`](Self::failures) | each operation with each fault, and with all of its name failing from there on |
/// | [`cancellations`](Self::cancellations) | the scenario dropped at each await, at once and just before it resumes; an hour that passes at each await |
/// | [`all`](Self::all) | both, aborts of tasks, futures called again, and `main` that returns right behind `drain` |
/// | [`pairs`](Self::pairs) | all of that, then one thing after another |
/// | [`orders`](Self::orders) | other orders in which tasks go on |
/// | [`endings`](Self::endings) | the runtime ending under the scenario |
///
/// What is found first is the smallest: a plain failure before a subtle one, one injection before two. A [`Leak`] says how to
/// [replay](Leak::replay) it alone, with [`Explorer::only`] or with the environment variable `ASYNC_DROP_EXPLORER_ONLY`.
///
/// # Determinism
///
/// Two explorations of one scenario give the same report, as long as the scenario itself does the same thing in each run.
/// Sources of chance are `tokio::select!` without `biased;`, the order of a `HashMap`, other threads, sockets and processes.
/// What the explorer itself draws by lot follows from its [`seed`](Self::seed).
///
/// # Panics of a scenario
///
/// They are caught and become part of the finding. The first exploration of a process puts a panic hook before the current one,
/// which keeps them off stderr and knows those of spawned tasks; panics outside of explorations reach the former hook.
///
/// # Example
///
/// ```
/// use async_drop_utils::testing::{Explorer, Ledger, fallible};
///
/// let leak = Explorer::new()
///     .failures(async || {
///         let connection = Ledger::current().open("connection");
///         fallible("fetch").await?; // leaves without closing
///         connection.close();
///         std::io::Result::Ok(())
///     })
///     .unwrap_err();
/// assert_eq!(leak.to_string(), "leaks when fetch #1 fails\nstill open: connection #1");
/// ```
#[derive(Clone, Debug)]
pub struct Explorer {
    limits: Limits,
    only: Option<Plan>,
}

impl Explorer {
    /// Makes an explorer with a paused clock, at most 10,000 runs and 10,000 pairs, 10 s for each run, and 5 minutes of virtual time to settle.
    pub fn new() -> Self {
        Self {
            limits: Limits {
                max_runs: 10_000,
                max_pairs: 10_000,
                patience: Duration::from_secs(10),
                settle: None,
                wall_clock: false,
                keeps_time: false,
                balanced_on_return: false,
                seed: 1,
            },
            only: None,
        }
    }

    /// Makes an explorer whose every exploration is the one run of a finding: its first line, as [`Leak::replay`] has it.
    ///
    /// What the finding speaks of is looked for in the scenario; when it does not take place there, the exploration says so as a
    /// [`Leak`] that begins `is not met when`. Settings such as [`balanced_on_return`](Self::balanced_on_return) have to be those by which it was found.
    ///
    /// # Panics
    ///
    /// When the words are not those of a finding.
    ///
    /// # Example
    ///
    /// ```
    /// use async_drop_utils::testing::{Explorer, Ledger, fallible};
    ///
    /// let leak = Explorer::only("leaks when fetch #2 fails")
    ///     .all(async || {
    ///         let connection = Ledger::current().open("connection");
    ///         fallible("fetch").await.ok();
    ///         fallible("fetch").await?;
    ///         connection.close();
    ///         std::io::Result::Ok(())
    ///     })
    ///     .unwrap_err();
    /// assert_eq!(leak.imbalance().still_open(), ["connection #1"]);
    /// ```
    #[track_caller]
    pub fn only(finding: &str) -> Self {
        match replay::read(finding) {
            Ok(plan) => Self {
                only: Some(plan),
                ..Self::new()
            },
            Err(unread) => panic!("{unread}"),
        }
    }

    /// Bounds the number of runs without a pair, and the number of fallible operations and pending awaits in one run.
    ///
    /// A scenario that needs more is reported as one that never ends.
    pub fn max_runs(mut self, runs: usize) -> Self {
        self.limits.max_runs = runs;
        self
    }

    /// Bounds the number of pairs that [`pairs`](Self::pairs) tries.
    ///
    /// Of a scenario that has more, so many are drawn by the [`seed`](Self::seed), and [`Report::cut_short`] says so.
    pub fn max_pairs(mut self, pairs: usize) -> Self {
        self.limits.max_pairs = pairs;
        self
    }

    /// What pairs are drawn by, and the first order of [`orders`](Self::orders); 1 without it.
    pub fn seed(mut self, seed: u64) -> Self {
        self.limits.seed = seed;
        self
    }

    /// Bounds the real time that one run may take; more is reported as a hang.
    ///
    /// Only a run that awaits can be stopped: a loop without an await blocks the thread for ever.
    pub fn patience(mut self, real_time: Duration) -> Self {
        self.limits.patience = real_time;
        self
    }

    /// Bounds the time that spawned tasks have after the scenario, on the run's own clock.
    ///
    /// What still runs then is aborted with the runtime, before the books are checked. By default 5 minutes of virtual
    /// time, which pass at once, or 1 s on the [wall clock](Self::wall_clock); where an operation never answers, an hour
    /// more. A task that ticks for ever is given 10,000 ticks.
    pub fn settle_within(mut self, limit: Duration) -> Self {
        self.limits.settle = Some(limit);
        self
    }

    /// Lets time pass as it does outside, for scenarios that wait for sockets, processes or threads of their own.
    ///
    /// On the paused clock, such a wait looks like idleness, and the next timer fires at once. On the wall clock no operation is
    /// silent and no hour passes; [`Report::cut_short`] says so.
    pub fn wall_clock(mut self) -> Self {
        self.limits.wall_clock = true;
        self
    }

    /// Leaves out what moves the clock: no operation is silent and no hour passes. [`Report::cut_short`] says so.
    ///
    /// For a scenario that asserts how long something takes, or what a deadline finds.
    pub fn keeps_time(mut self) -> Self {
        self.limits.keeps_time = true;
        self
    }

    /// Demands that the books balance when the scenario returns, and not only when no task is left.
    ///
    /// A guard that is dropped armed and cancel-safe is cleaned up, too, but behind its caller's back, and nobody sees the error. A
    /// run in which an operation is silent or an hour passes is held to the end alone: there a deadline is meant to go on without the cleanup.
    ///
    /// # Example
    ///
    /// ```
    /// use async_drop_utils::testing::{Explorer, Ledger};
    ///
    /// let later = async || {
    ///     let file = Ledger::current().open("file");
    ///     tokio::spawn(async move { file.close() });
    /// };
    /// assert!(Explorer::new().failures(later).is_ok());
    /// let leak = Explorer::new().balanced_on_return().failures(later).unwrap_err();
    /// assert_eq!(leak.to_string(), "returns before the cleanup when nothing fails\nstill open: file #1");
    /// ```
    pub fn balanced_on_return(mut self) -> Self {
        self.limits.balanced_on_return = true;
        self
    }

    /// Fails each of the scenario's operations, in each way in which it can go wrong.
    ///
    /// Fallible operations are those of [`fallible`](super::super::fallible), [`fault_point`](super::super::fault_point) and
    /// [`request`](super::super::request()), which also say what can go wrong with them. Then, where an operation that failed is followed by another of its name,
    /// all of that name fail from there on.
    ///
    /// # Errors
    ///
    /// The first [`Leak`] found.
    ///
    /// # Panics
    ///
    /// When called inside a Tokio runtime: each run has its own. Call it from a plain `#[test]` function.
    ///
    /// # Example
    ///
    /// See [`Explorer`].
    #[track_caller]
    pub fn failures<O: Outcome>(&self, scenario: impl AsyncFn() -> O) -> Result<Report, Leak> {
        self.explore(&scenario, usize::MAX, |exploration, plain| {
            exploration.faults(&plain.operations, &[Fault::Fails])?;
            exploration.faults(&plain.operations, &Fault::ALL[1..])?;
            exploration.persistent_faults()
        })
    }

    /// Drops the scenario's future when a poll of it first returned pending, then at the second time, … until it completes.
    ///
    /// Every pending poll of the whole scenario counts, so an await that is polled three times before it is ready is three
    /// points of cancellation, and what goes on inside a `join!` counts with it. Spawned tasks are not cancelled.
    ///
    /// A second round drops it at the same awaits just before they resume: other tasks have then gone on, and what the await
    /// waited for (a message, an answer, a task's result) is on its way and is lost with the future. In a third, an hour passes at each await before
    /// the scenario goes on: each shorter timeout around it goes off, and drops what is inside.
    ///
    /// # Errors
    ///
    /// The first [`Leak`] found.
    ///
    /// # Panics
    ///
    /// When called inside a Tokio runtime: each run has its own. Call it from a plain `#[test]` function.
    ///
    /// # Example
    ///
    /// ```
    /// use async_drop_utils::testing::{Explorer, Ledger, fallible};
    ///
    /// let leak = Explorer::new()
    ///     .cancellations(async || {
    ///         let connection = Ledger::current().open("connection");
    ///         let fetched = fallible("fetch").await; // a caller may stop waiting here
    ///         connection.close();
    ///         fetched
    ///     })
    ///     .unwrap_err();
    /// assert_eq!(leak.to_string(), "leaks when cancelled at await #1\nstill open: connection #1");
    /// ```
    #[track_caller]
    pub fn cancellations<O: Outcome>(&self, scenario: impl AsyncFn() -> O) -> Result<Report, Leak> {
        let max_awaits = self.limits.max_runs;
        self.explore(&scenario, max_awaits, |exploration, _| {
            exploration.cancellations()?;
            exploration.hours()
        })
    }

    /// Explores everything that can happen alone: [`failures`](Self::failures), [`cancellations`](Self::cancellations), and more.
    ///
    /// Besides these, tasks of [`spawn`](super::super::spawn()) are aborted at each of their awaits; futures of
    /// [`restartable`](super::super::restartable()) are cut off and called again; and the program ends right behind a
    /// [`drain`](crate::drain()) that came back, with the scenario having returned, and with it cancelled at each await.
    ///
    /// # Errors
    ///
    /// The first [`Leak`] found.
    ///
    /// # Panics
    ///
    /// When called inside a Tokio runtime: each run has its own. Call it from a plain `#[test]` function.
    ///
    /// # Example
    ///
    /// ```
    /// use async_drop_utils::testing::{Explorer, Ledger, fallible};
    ///
    /// let report = Explorer::new()
    ///     .all(async || {
    ///         fallible("fetch").await?;
    ///         Ledger::current().open("file").close();
    ///         fallible("send").await
    ///     })
    ///     .unwrap();
    /// assert_eq!((report.faults(), report.cancellations()), (4, 2));
    /// ```
    #[track_caller]
    pub fn all<O: Outcome>(&self, scenario: impl AsyncFn() -> O) -> Result<Report, Leak> {
        let max_awaits = self.limits.max_runs;
        self.explore(&scenario, max_awaits, |exploration, plain| {
            exploration.everything_alone(plain)
        })
    }

    /// Explores [`all`](Self::all), and then everything that was survived alone with each thing that can happen behind it.
    ///
    /// Behind a first fault, cancellation, hour, abort or call again, each operation that follows in that run goes wrong in each way, those of the cleanup that the
    /// first one started included; at each await that follows the scenario is cancelled, an hour passes, tasks are aborted and futures
    /// called again; or `main` returns right behind `drain`. As the second, no name fails for good.
    ///
    /// # Errors
    ///
    /// The first [`Leak`] found; one of a pair is survived by the scenario if either half happens alone.
    ///
    /// # Panics
    ///
    /// When called inside a Tokio runtime: each run has its own. Call it from a plain `#[test]` function.
    ///
    /// # Example
    ///
    /// The second attempt is not guarded any more:
    ///
    /// ```
    /// use async_drop_utils::testing::{Explorer, InjectedFault, Ledger, fallible};
    ///
    /// let scenario = async || {
    ///     let file = Ledger::current().open("file");
    ///     if fallible("write").await.is_err() {
    ///         fallible("write").await?;
    ///     }
    ///     file.close();
    ///     Ok::<_, InjectedFault>(())
    /// };
    /// let leak = Explorer::new().max_runs(1000).failures(scenario).unwrap_err();
    /// assert!(leak.to_string().starts_with("leaks when write fails from #1 on"));
    ///
    /// let scenario = async || {
    ///     let file = Ledger::current().open("file");
    ///     if fallible("write").await.is_err() {
    ///         fallible("write to the other disk").await?;
    ///     }
    ///     file.close();
    ///     Ok::<_, InjectedFault>(())
    /// };
    /// assert!(Explorer::new().failures(scenario).is_ok());
    /// ```
    #[track_caller]
    pub fn pairs<O: Outcome>(&self, scenario: impl AsyncFn() -> O) -> Result<Report, Leak> {
        let max_awaits = self.limits.max_runs;
        self.explore(&scenario, max_awaits, |exploration, plain| {
            exploration.everything_alone(plain)?;
            exploration.pairs()
        })
    }

    /// Runs the scenario in so many orders of its tasks, and in each of them with every plain failure and every cancellation.
    ///
    /// In each order some are slow: the scenario, tasks of [`spawn`](super::super::spawn()), whoever awaits an operation of some name. Before each step they
    /// let other tasks pass, up to three turns, and the order's number says who and how often. That reaches races between tasks of one thread, not
    /// those within an operation of the machine; a task of [`tokio::spawn`] is slow at its operations alone.
    ///
    /// # Errors
    ///
    /// The first [`Leak`] found, which ends in its order's number: `leaks when nothing fails in order 3`.
    ///
    /// # Panics
    ///
    /// When called inside a Tokio runtime: each run has its own. Call it from a plain `#[test]` function.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// use async_drop_utils::testing::{Explorer, Ledger, fallible};
    ///
    /// // The reader counts on being overtaken by the writer.
    /// let race = async || {
    ///     let written = Arc::new(Mutex::new(None));
    ///     let row = Arc::clone(&written);
    ///     let writer = tokio::spawn(async move {
    ///         let entry = Ledger::current().open("row");
    ///         fallible("write").await.ok();
    ///         row.lock().unwrap().replace(entry);
    ///     });
    ///     fallible("read").await.ok();
    ///     fallible("read").await.ok();
    ///     fallible("read").await.ok();
    ///     if let Some(row) = written.lock().unwrap().take() {
    ///         row.close();
    ///     }
    ///     writer.await.ok();
    /// };
    /// let leak = Explorer::new().orders(20, race).unwrap_err();
    /// assert!(leak.to_string().contains(" in order "), "{leak}");
    /// ```
    #[track_caller]
    pub fn orders<O: Outcome>(
        &self,
        count: usize,
        scenario: impl AsyncFn() -> O,
    ) -> Result<Report, Leak> {
        let max_awaits = self.limits.max_runs;
        self.explore(&scenario, max_awaits, |exploration, _| {
            exploration.orders(count)
        })
    }

    /// Ends the runtime under the scenario at each of its awaits: it is dropped, shut down with a timeout, shut down in the background.
    ///
    /// Nothing can be awaited behind that, so what is still open or forgotten is not found fault with: only a panic, a hang, and what was
    /// closed twice. Outside of an exploration, a forgotten guard panics then. For an end that nothing is lost by, `main` returns right behind `drain`: [`all`](Self::all) tries that.
    ///
    /// # Errors
    ///
    /// The first [`Leak`] found.
    ///
    /// # Panics
    ///
    /// When called inside a Tokio runtime: each run has its own. Call it from a plain `#[test]` function.
    ///
    /// # Example
    ///
    /// ```
    /// use async_drop_utils::testing::{Explorer, fallible};
    ///
    /// struct Flushes;
    ///
    /// impl Drop for Flushes {
    ///     fn drop(&mut self) {
    ///         let flush = async { fallible("flush").await.unwrap() };
    ///         // It blocks where it must not.
    ///         tokio::runtime::Handle::current().block_on(flush);
    ///     }
    /// }
    ///
    /// let leak = Explorer::new()
    ///     .endings(async || {
    ///         let flushes = Flushes;
    ///         let sent = fallible("send").await;
    ///         std::mem::forget(flushes);
    ///         sent
    ///     })
    ///     .unwrap_err();
    /// assert!(leak.to_string().starts_with("panics when the runtime is dropped at await #1: "), "{leak}");
    /// ```
    #[track_caller]
    pub fn endings<O: Outcome>(&self, scenario: impl AsyncFn() -> O) -> Result<Report, Leak> {
        let max_awaits = self.limits.max_runs;
        self.explore(&scenario, max_awaits, |exploration, _| {
            exploration.endings()
        })
    }

    #[track_caller]
    fn explore<O: Outcome>(
        &self,
        scenario: &impl AsyncFn() -> O,
        max_awaits: usize,
        how: impl FnOnce(&mut Exploration<'_, '_>, &Record) -> Result<(), Leak>,
    ) -> Result<Report, Leak> {
        self.explore_any(
            // Called inside, so that a panic of the plain part of `|| { …; async { … } }` is one of the run.
            &|| Box::pin(async { scenario().await.into_error() }),
            max_awaits,
            how,
        )
    }

    /// Compiled once, and not for each scenario.
    #[track_caller]
    fn explore_any(
        &self,
        scenario: &Scenario<'_>,
        max_awaits: usize,
        how: impl FnOnce(&mut Exploration<'_, '_>, &Record) -> Result<(), Leak>,
    ) -> Result<Report, Leak> {
        let mut exploration = Exploration::new(&self.limits, scenario);
        match self.only.clone().or_else(replay::from_environment) {
            Some(plan) => exploration.replay(plan, max_awaits)?,
            None => {
                let plain = exploration.run_plainly(max_awaits)?;
                how(&mut exploration, &plain)?;
                exploration.say_what_the_clock_leaves_out();
            }
        }
        Ok(exploration.report())
    }
}

impl Default for Explorer {
    fn default() -> Self {
        Self::new()
    }
}
