use std::collections::HashSet;

use super::super::numbered::Numbered;
use super::fault::Fault;

/// What happened in one run, for the runs that follow from it.
#[derive(Debug, Default)]
pub(in super::super) struct Record {
    /// In the order in which they were first polled.
    pub(in super::super) operations: Vec<Operation>,
    /// How often the scenario's future was pending.
    pub(in super::super) awaits: usize,
    /// How often each task of [`spawn`](super::spawn()) was pending.
    pub(in super::super) tasks: Vec<usize>,
    pub(in super::super) restartable: Vec<Restartable>,
    /// Operations whose caller was dropped while it awaited them.
    pub(in super::super) cut: HashSet<Numbered>,
    /// Operations whose silence ended before the hour was over.
    pub(in super::super) answered_early: HashSet<Numbered>,
    /// Of the plan's injections, those that took place.
    pub(in super::super) took_place: Vec<bool>,
    /// What there had been when the last injection so far took place.
    pub(in super::super) before: Before,
}

/// An operation that could fail.
#[derive(Clone, Debug)]
pub(in super::super) struct Operation {
    pub(in super::super) id: Numbered,
    pub(in super::super) sort: Sort,
}

/// What can go wrong with an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Sort {
    /// Not awaited, or on another thread or runtime, where the run's clock does not go on.
    Point,
    Awaited,
    /// With an effect on a far side.
    Request,
}

impl Sort {
    pub(in super::super) fn can(self, fault: Fault) -> bool {
        match self {
            Self::Point => fault == Fault::Fails,
            Self::Awaited => matches!(fault, Fault::Fails | Fault::NeverAnswers),
            Self::Request => true,
        }
    }
}

/// A future that may be called again.
#[derive(Clone, Debug)]
pub(in super::super) struct Restartable {
    pub(in super::super) id: Numbered,
    pub(in super::super) awaits: usize,
}

#[derive(Debug, Default)]
pub(in super::super) struct Before {
    pub(in super::super) operations: usize,
    pub(in super::super) awaits: usize,
    /// The pending awaits of each task that there was.
    pub(in super::super) tasks: Vec<usize>,
    /// Those of each future that there was and that may be called again.
    pub(in super::super) restartable: Vec<usize>,
}
