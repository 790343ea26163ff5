use std::time::Duration;

use tokio::runtime::Handle;

use super::super::run::{Bounds, Clock, Ended, Finished, Run, Scenario, Watchdog, install_hook};
use super::super::world::{Await, End, Fault, Injection, Moment, Operation, Plan, Record};
use super::leak::{Leak, Trouble};
use super::limits::Limits;
use super::pairs::{drawn, pairs};
use super::report::Report;
use super::survey::Survey;

/// An exploration that is under way.
pub(super) struct Exploration<'a, 's> {
    limits: &'a Limits,
    scenario: &'a Scenario<'s>,
    watchdog: Watchdog,
    report: Report,
    survey: Survey,
    last: Plan,
    /// What was injected alone and survived, with what happened in that run: where pairs begin.
    survived: Vec<(Injection, Record)>,
    /// Set while a scenario runs in another order.
    order: Option<u64>,
    /// Runs of pairs, which have a bound of their own.
    pair_runs: usize,
}

impl<'a, 's> Exploration<'a, 's> {
    #[track_caller]
    pub(super) fn new(limits: &'a Limits, scenario: &'a Scenario<'s>) -> Self {
        assert!(
            Handle::try_current().is_err(),
            "an Explorer builds a Tokio runtime for each run and cannot do so inside another: \
             call it from a plain #[test] function"
        );
        install_hook();
        Self {
            limits,
            scenario,
            watchdog: Watchdog::new(limits.patience),
            report: Report::default(),
            survey: Survey::default(),
            last: Plan::default(),
            survived: Vec::new(),
            order: None,
            pair_runs: 0,
        }
    }

    pub(super) fn report(mut self) -> Report {
        let silences = self.survey.silences_cut_short();
        self.report.cut_short.extend(silences);
        Report {
            never_failed: self.survey.never_failed(),
            never_cut: self.survey.never_cut(),
            ..self.report
        }
    }

    /// Runs what a finding says, and nothing else.
    pub(super) fn replay(&mut self, plan: Plan, max_awaits: usize) -> Result<(), Leak> {
        if plan == Plan::default() {
            return self.run_plainly(max_awaits).map(drop);
        }
        let record = self.run(plan.clone(), max_awaits)?;
        if record.took_place.contains(&false) {
            self.last = plan;
            return Err(self.leak(Trouble::NotMet));
        }
        for injection in &plan.injections {
            *self.counter(injection) += 1;
        }
        Ok(())
    }

    /// Injects nothing; then an error is a fault of the scenario.
    pub(super) fn run_plainly(&mut self, max_awaits: usize) -> Result<Record, Leak> {
        let mut finished = self.finish(Plan::default(), max_awaits)?;
        let returned = match &mut finished.ended {
            Ended::Returned(error) => error.take(),
            _ => None,
        };
        let record = self.judge(finished)?;
        match returned {
            Some(error) => Err(self.leak(Trouble::Returned(error))),
            None => Ok(record),
        }
    }

    /// Everything that can happen alone, what is easiest to read first.
    pub(super) fn everything_alone(&mut self, plain: &Record) -> Result<(), Leak> {
        self.faults(&plain.operations, &[Fault::Fails])?;
        self.cancellations()?;
        self.faults(&plain.operations, &Fault::ALL[1..])?;
        self.persistent_faults()?;
        self.hours()?;
        self.aborts_and_restarts(plain)?;
        self.behind_drain()
    }

    /// Each operation that the run without a fault met, with each of these faults.
    pub(super) fn faults(
        &mut self,
        operations: &[Operation],
        faults: &[Fault],
    ) -> Result<(), Leak> {
        for fault in faults {
            for operation in operations {
                if operation.sort.can(*fault) && (self.limits.moves_time() || !fault.is_silence()) {
                    self.single(Injection::fault(operation.id.clone(), *fault))?;
                }
            }
        }
        Ok(())
    }

    /// From each operation on all of its name fail, where more of them come behind a first that failed.
    pub(super) fn persistent_faults(&mut self) -> Result<(), Leak> {
        let again = self.survived.iter().filter_map(|(injection, record)| {
            let Injection::Fault {
                operation,
                fault: Fault::Fails,
                from_then_on: false,
            } = injection
            else {
                return None;
            };
            let mut behind = record.operations[record.before.operations..].iter();
            behind
                .any(|other| other.id.name == operation.name)
                .then(|| Injection::Fault {
                    operation: operation.clone(),
                    fault: Fault::Fails,
                    from_then_on: true,
                })
        });
        for injection in again.collect::<Vec<_>>() {
            self.single(injection)?;
        }
        Ok(())
    }

    pub(super) fn cancellations(&mut self) -> Result<(), Leak> {
        for moment in [Moment::AtOnce, Moment::OnceWoken] {
            self.at_each_await(|number| Injection::Cancelled(Await { number, moment }))?;
        }
        Ok(())
    }

    pub(super) fn hours(&mut self) -> Result<(), Leak> {
        if !self.limits.moves_time() {
            return Ok(());
        }
        self.at_each_await(|at| Injection::HourPasses { at })
    }

    /// What the run without a fault spawned and what it may call again.
    pub(super) fn aborts_and_restarts(&mut self, plain: &Record) -> Result<(), Leak> {
        for (index, awaits) in plain.tasks.iter().enumerate() {
            let task = index + 1;
            for at in 0..=*awaits {
                self.single(Injection::Aborted { task, at })?;
            }
        }
        for restartable in &plain.restartable {
            for moment in [Moment::AtOnce, Moment::OnceWoken] {
                for number in 1..=restartable.awaits {
                    self.single(Injection::Restarted {
                        operation: restartable.id.clone(),
                        at: Await { number, moment },
                    })?;
                }
            }
        }
        Ok(())
    }

    /// Nothing, and a cancellation at each await, with the end of the program right behind `drain`.
    pub(super) fn behind_drain(&mut self) -> Result<(), Leak> {
        let cancelled = self.survived.iter().map(|(injection, _)| injection);
        let cancelled = cancelled.filter(|injection| matches!(injection, Injection::Cancelled(_)));
        let mut plans = vec![Vec::new()];
        plans.extend(cancelled.map(|injection| vec![injection.clone()]));
        for injections in plans {
            let ends_behind_drain = true;
            let plan = Plan {
                injections,
                ends_behind_drain,
                ..Plan::default()
            };
            self.run(plan, usize::MAX)?;
            self.report.endings += 1;
        }
        Ok(())
    }

    /// The runtime ends at each await: nothing can be cleaned up behind that, but nothing may panic, hang or be closed twice.
    pub(super) fn endings(&mut self) -> Result<(), Leak> {
        for how in End::ALL {
            self.at_each_await(|at| Injection::Ended { how, at })?;
        }
        Ok(())
    }

    /// What was survived alone, followed by each other thing that can happen behind it, or by the end of the program right behind `drain`.
    pub(super) fn pairs(&mut self) -> Result<(), Leak> {
        let limits = self.limits;
        let pairs = pairs(&self.survived, limits.moves_time());
        let (all, limit) = (pairs.len(), limits.max_pairs);
        if all > limit {
            let words =
                format!("{limit} of {all} pairs were tried (the bound is Explorer::max_pairs)");
            self.report.cut_short.push(words);
        }
        for pair in drawn(pairs, limit, limits.seed) {
            self.pair_runs += 1;
            let record = self.run(pair, usize::MAX)?;
            if !record.took_place.contains(&false) {
                self.report.pairs += 1;
            }
        }
        Ok(())
    }

    /// Nothing, and a cancellation at each await, with other tasks going first: in so many orders.
    pub(super) fn orders(&mut self, count: usize) -> Result<(), Leak> {
        let (faults, cancellations) = (self.report.faults, self.report.cancellations);
        let survived = std::mem::take(&mut self.survived);
        for nth in 0..count as u64 {
            self.order = Some(self.limits.seed.wrapping_add(nth));
            // An error may be what this order leads to.
            let plain = Plan {
                order: self.order,
                ..Plan::default()
            };
            let plain = self.run(plain, usize::MAX)?;
            self.at_each_await(|number| {
                let moment = Moment::AtOnce;
                Injection::Cancelled(Await { number, moment })
            })?;
            self.faults(&plain.operations, &[Fault::Fails])?;
            self.report.orders += 1;
        }
        self.order = None;
        self.survived = survived;
        // Counted are those of the order in which tasks are woken.
        (self.report.faults, self.report.cancellations) = (faults, cancellations);
        Ok(())
    }

    /// Says what was left out since time may not move.
    pub(super) fn say_what_the_clock_leaves_out(&mut self) {
        if !self.limits.moves_time() {
            let by = if self.limits.wall_clock {
                "wall_clock"
            } else {
                "keeps_time"
            };
            let words = format!(
                "operations that never answer, and hours that pass, were not tried (Explorer::{by})"
            );
            self.report.cut_short.push(words);
        }
    }

    fn at_each_await(&mut self, injection: impl Fn(usize) -> Injection) -> Result<(), Leak> {
        for at in 1.. {
            if !self.single(injection(at))? {
                break;
            }
        }
        Ok(())
    }

    /// Says whether it took place.
    fn single(&mut self, injection: Injection) -> Result<bool, Leak> {
        let plan = Plan {
            injections: vec![injection.clone()],
            order: self.order,
            ..Plan::default()
        };
        let record = self.run(plan, usize::MAX)?;
        let took_place = record.took_place == [true];
        if took_place {
            *self.counter(&injection) += 1;
            if self.order.is_none() {
                self.survived.push((injection, record));
            }
        }
        Ok(took_place)
    }

    fn counter(&mut self, injection: &Injection) -> &mut usize {
        let report = &mut self.report;
        match injection {
            Injection::Fault { .. } => &mut report.faults,
            Injection::Cancelled(Await {
                moment: Moment::AtOnce,
                ..
            }) => &mut report.cancellations,
            // The same await, a moment later.
            Injection::Cancelled(_) => &mut report.cancelled_once_woken,
            Injection::HourPasses { .. } => &mut report.hours,
            Injection::Aborted { .. } => &mut report.aborts,
            Injection::Restarted { .. } => &mut report.restarts,
            Injection::Ended { .. } => &mut report.endings,
        }
    }

    fn run(&mut self, plan: Plan, max_awaits: usize) -> Result<Record, Leak> {
        let finished = self.finish(plan, max_awaits)?;
        self.judge(finished)
    }

    fn finish(&mut self, plan: Plan, max_awaits: usize) -> Result<Finished, Leak> {
        let limits = self.limits;
        if self.report.runs == limits.max_runs + self.pair_runs {
            return Err(self.leak(endless(limits.max_runs, "runs")));
        }
        self.report.runs += 1;
        let bounds = Bounds {
            operations: limits.max_runs,
            awaits: max_awaits,
        };
        let by_default = if limits.wall_clock { 1 } else { 5 * 60 };
        let clock = Clock {
            paused: !limits.wall_clock,
            patience: limits.patience,
            settle: limits.settle.unwrap_or(Duration::from_secs(by_default)),
            balanced_on_return: limits.balanced_on_return,
        };
        let finished = Run::of(self.scenario, plan.clone(), bounds, clock, &self.watchdog);
        self.survey.add(&plan, &finished.record);
        // What did not take place explains nothing.
        let mut took_place = finished.record.took_place.iter();
        self.last = plan;
        self.last
            .injections
            .retain(|_| took_place.next() == Some(&true));
        Ok(finished)
    }

    /// Finds fault with a run, `self.last` saying what was injected into it.
    fn judge(&self, finished: Finished) -> Result<Record, Leak> {
        let bound = self.limits.max_runs;
        let Finished {
            ended,
            record,
            panics,
            imbalance,
            too_early,
        } = finished;
        let trouble = match ended {
            Ended::Hung => Trouble::Hung(self.limits.patience),
            Ended::TooManyOperations => endless(bound, "fallible operations"),
            Ended::TooManyAwaits => endless(bound, "pending awaits"),
            Ended::Returned(_) | Ended::Panicked | Ended::Cancelled | Ended::WithoutRuntime => {
                let unbalanced = match ended {
                    // There was nothing left to clean up on.
                    Ended::WithoutRuntime => !imbalance.closed_twice().is_empty(),
                    _ => !imbalance.is_empty(),
                };
                if !panics.is_empty() {
                    Trouble::Panicked
                } else if unbalanced {
                    Trouble::Unbalanced
                } else if let Some(too_early) = too_early {
                    let when = self.last.clone();
                    return Err(Leak::new(when, Trouble::TooEarly, panics, too_early));
                } else {
                    return Ok(record);
                }
            }
        };
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
