use std::time::Duration;

use tokio::runtime::Handle;

use super::leak::{Leak, Trouble, When};
use super::outcome::Outcome;
use super::panics;
use super::report::Report;
use super::run::{Cancel, Clock, Ended, Finished, Plan, Run};
use super::watchdog::Watchdog;

/// Runs an async scenario again and again, each time with another fault or cancellation, and checks the books after every run.
///
/// The first run injects nothing. Each run has a fresh [`Ledger`](super::Ledger) and a fresh current-thread Tokio runtime
/// whose clock is paused: time passes at once when nothing else can run. After the scenario the runtime goes on until
/// no spawned task is left (or [`settle_within`](Self::settle_within) has passed); only then must the books balance.
///
/// A run is found fault with when the books do not balance, when anything panics on its threads (spawned tasks included), when it
/// does not come to an end, and when the scenario returns an error although nothing was injected. Errors that it returns after a
/// fault are its own affair.
///
/// # Determinism
///
/// Two explorations of one scenario give the same report, as long as the scenario itself does the same thing in each run.
/// Sources of chance are `tokio::select!` without `biased;`, the order of a `HashMap`, other threads, sockets and processes.
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
    max_runs: usize,
    patience: Duration,
    settle: Option<Duration>,
    wall_clock: bool,
}

impl Explorer {
    /// Makes an explorer with a paused clock, at most 10,000 runs, 10 s for each, and 5 minutes of virtual time to settle.
    pub fn new() -> Self {
        Self {
            max_runs: 10_000,
            patience: Duration::from_secs(10),
            settle: None,
            wall_clock: false,
        }
    }

    /// Bounds the number of runs, and the number of fallible operations and pending awaits in one run.
    ///
    /// A scenario that needs more is reported as one that never ends.
    pub fn max_runs(mut self, runs: usize) -> Self {
        self.max_runs = runs;
        self
    }

    /// Bounds the real time that one run may take; more is reported as a hang.
    ///
    /// Only a run that awaits can be stopped: a loop without an await blocks the thread for ever.
    pub fn patience(mut self, real_time: Duration) -> Self {
        self.patience = real_time;
        self
    }

    /// Bounds the time that spawned tasks have after the scenario, on the run's own clock.
    ///
    /// What still runs then is aborted with the runtime, before the books are checked. By default 5 minutes of virtual
    /// time, which pass at once, or 1 s on the [wall clock](Self::wall_clock). A task that ticks for ever is given 10,000 ticks.
    pub fn settle_within(mut self, limit: Duration) -> Self {
        self.settle = Some(limit);
        self
    }

    /// Lets time pass as it does outside, for scenarios that wait for sockets, processes or threads of their own.
    ///
    /// On the paused clock, such a wait looks like idleness, and the next timer fires at once.
    pub fn wall_clock(mut self) -> Self {
        self.wall_clock = true;
        self
    }

    /// Fails the scenario's first fallible operation, then its second, … until a run meets no injected fault.
    ///
    /// Fallible operations are those of [`fallible`](super::fallible) and [`fault_point`](super::fault_point).
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
        let mut exploration = Exploration::new(self, &scenario);
        exploration.run_plainly(usize::MAX)?;
        exploration.failures()?;
        Ok(exploration.report)
    }

    /// Drops the scenario's future when a poll of it first returned pending, then at the second time, … until it completes.
    ///
    /// Every pending poll of the whole scenario counts, so an await that is polled three times before it is ready is three
    /// points of cancellation, and what goes on inside a `join!` counts with it. Spawned tasks are not cancelled.
    ///
    /// A second round drops it at the same awaits just before they resume: other tasks have then gone on, and what the await
    /// waited for (a message, a task's result) is on its way and is lost with the future.
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
        let mut exploration = Exploration::new(self, &scenario);
        exploration.run_plainly(self.max_runs)?;
        exploration.cancellations()?;
        Ok(exploration.report)
    }

    /// Explores the [`failures`](Self::failures), then the [`cancellations`](Self::cancellations).
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
    /// assert_eq!(report.to_string(), "survives 2 faults and 2 cancellations");
    /// ```
    #[track_caller]
    pub fn all<O: Outcome>(&self, scenario: impl AsyncFn() -> O) -> Result<Report, Leak> {
        let mut exploration = Exploration::new(self, &scenario);
        exploration.run_plainly(self.max_runs)?;
        exploration.failures()?;
        exploration.cancellations()?;
        Ok(exploration.report)
    }
}

impl Default for Explorer {
    fn default() -> Self {
        Self::new()
    }
}

/// An exploration that is under way.
struct Exploration<'a, S> {
    explorer: &'a Explorer,
    scenario: &'a S,
    watchdog: Watchdog,
    report: Report,
    last: When,
}

impl<'a, S: AsyncFn() -> O, O: Outcome> Exploration<'a, S> {
    #[track_caller]
    fn new(explorer: &'a Explorer, scenario: &'a S) -> Self {
        assert!(
            Handle::try_current().is_err(),
            "an Explorer builds a Tokio runtime for each run and cannot do so inside another: \
             call it from a plain #[test] function"
        );
        panics::install_hook();
        Self {
            explorer,
            scenario,
            watchdog: Watchdog::new(explorer.patience),
            report: Report::default(),
            last: When::Nothing,
        }
    }

    fn run_plainly(&mut self, max_awaits: usize) -> Result<(), Leak> {
        let mut finished = self.run(None, None, max_awaits)?;
        let returned = match &mut finished.ended {
            Ended::Returned(error) => error.take(),
            _ => None,
        };
        self.judge(finished)?;
        match returned {
            Some(error) => Err(self.leak(Trouble::Returned(error))),
            None => Ok(()),
        }
    }

    fn failures(&mut self) -> Result<(), Leak> {
        for operation in 1.. {
            let finished = self.run(Some(operation), None, usize::MAX)?;
            let Some(fault) = finished.injected.clone() else {
                self.last = When::Nothing;
                return self.judge(finished);
            };
            self.last = When::Fault(fault);
            self.report.faults += 1;
            self.judge(finished)?;
        }
        Ok(())
    }

    fn cancellations(&mut self) -> Result<(), Leak> {
        self.report.cancellations = self.cancel_at_each_await(false)?;
        self.cancel_at_each_await(true)?;
        Ok(())
    }

    /// Returns the number of awaits.
    fn cancel_at_each_await(&mut self, once_woken: bool) -> Result<usize, Leak> {
        let mut at = 1;
        loop {
            let cancel = Cancel { at, once_woken };
            let finished = self.run(None, Some(cancel), usize::MAX)?;
            if !finished.cancelled {
                self.last = When::Nothing;
                self.judge(finished)?;
                return Ok(at - 1);
            }
            self.last = When::Cancelled(cancel);
            self.judge(finished)?;
            at += 1;
        }
    }

    fn run(
        &mut self,
        fail: Option<usize>,
        cancel: Option<Cancel>,
        max_awaits: usize,
    ) -> Result<Finished, Leak> {
        let explorer = self.explorer;
        if self.report.runs == explorer.max_runs {
            return Err(self.leak(endless(explorer.max_runs, "runs")));
        }
        self.report.runs += 1;
        let plan = Plan {
            fail,
            cancel,
            max_operations: explorer.max_runs,
            max_awaits,
        };
        let by_default = if explorer.wall_clock { 1 } else { 5 * 60 };
        let clock = Clock {
            paused: !explorer.wall_clock,
            settle: explorer.settle.unwrap_or(Duration::from_secs(by_default)),
        };
        Ok(Run::of(self.scenario, plan, clock, &self.watchdog))
    }

    /// Finds fault with a run, `self.last` saying what was injected into it.
    fn judge(&self, finished: Finished) -> Result<(), Leak> {
        let bound = self.explorer.max_runs;
        let trouble = match &finished.ended {
            Ended::Hung => Trouble::Hung(self.explorer.patience),
            Ended::TooManyOperations => endless(bound, "fallible operations"),
            Ended::TooManyAwaits => endless(bound, "pending awaits"),
            Ended::Returned(_) | Ended::Panicked | Ended::Cancelled => {
                if !finished.panics.is_empty() {
                    Trouble::Panicked
                } else if !finished.imbalance.is_empty() {
                    Trouble::Unbalanced
                } else {
                    return Ok(());
                }
            }
        };
        let Finished {
            panics, imbalance, ..
        } = finished;
        Err(Leak::new(self.last.clone(), trouble, panics, imbalance))
    }

    /// A finding that is not about the books.
    fn leak(&self, trouble: Trouble) -> Leak {
        Leak::new(self.last.clone(), trouble, Vec::new(), Default::default())
    }
}

fn endless(bound: usize, of: &'static str) -> Trouble {
    Trouble::Endless { bound, of }
}
