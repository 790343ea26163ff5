use std::collections::BTreeSet;

use super::super::numbered::Numbered;
use super::super::world::{Fault, Injection, Plan, Record};

/// Which operations the runs of an exploration met, failed and cut off.
#[derive(Default)]
pub(super) struct Survey {
    met: BTreeSet<Numbered>,
    awaited: BTreeSet<Numbered>,
    failed: BTreeSet<Numbered>,
    cut: BTreeSet<Numbered>,
    answered_early: BTreeSet<Numbered>,
}

impl Survey {
    pub(super) fn add(&mut self, plan: &Plan, record: &Record) {
        for operation in &record.operations {
            if !self.met.contains(&operation.id) {
                self.met.insert(operation.id.clone());
                // Whatever can be silent is awaited.
                if operation.sort.can(Fault::NeverAnswers) {
                    self.awaited.insert(operation.id.clone());
                }
            }
        }
        for (injection, took_place) in plan.injections.iter().zip(&record.took_place) {
            if let (Injection::Fault { operation, .. }, true) = (injection, took_place) {
                self.failed.insert(operation.clone());
            }
        }
        self.cut.extend(record.cut.iter().cloned());
        let early = record.answered_early.iter().cloned();
        self.answered_early.extend(early);
    }

    pub(super) fn never_failed(&self) -> Vec<String> {
        without(&self.met, &self.failed)
    }

    pub(super) fn never_cut(&self) -> Vec<String> {
        without(&self.awaited, &self.cut)
    }

    pub(super) fn silences_cut_short(&self) -> impl Iterator<Item = String> {
        let early = self.answered_early.iter();
        early.map(|operation| {
            format!(
                "{operation} was silent for less than an hour, since something ticked beside it"
            )
        })
    }
}

fn without(all: &BTreeSet<Numbered>, some: &BTreeSet<Numbered>) -> Vec<String> {
    all.difference(some).map(ToString::to_string).collect()
}
