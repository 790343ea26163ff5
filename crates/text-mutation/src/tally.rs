use std::collections::BTreeMap;
use std::fmt::Write;

use crate::mutation::{Kind, Mutation};
use crate::survivors::Survivors;

/// What became of a mutation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Something noticed; its name.
    Caught(&'static str),
    /// Nothing did.
    Survived,
}

/// What became of the mutations of a run.
#[derive(Debug, Default)]
pub struct Tally {
    judged: Vec<(Mutation, Fate)>,
}

impl Tally {
    /// Takes what became of a mutation.
    pub fn add(&mut self, mutation: Mutation, fate: Fate) {
        self.judged.push((mutation, fate));
    }

    /// How many mutations there are.
    pub fn len(&self) -> usize {
        self.judged.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.judged.is_empty()
    }

    /// What is wrong, one paragraph each: a survivor that `survivors` does not list, and an entry that `all`, the mutations that the
    /// text has, or the run refutes.
    pub fn faults(&self, survivors: &Survivors, all: &[Mutation]) -> Vec<String> {
        let mut faults = Vec::new();
        for (mutation, fate) in &self.judged {
            if *fate == Fate::Survived && !survivors.list(mutation) {
                faults.push(format!(
                    "{}:{}: section \"{}\": nothing notices a change of kind \"{}\"\n  \
                     the chapter says:   {}\n  the mutation says: {}\n  {}",
                    mutation.file,
                    mutation.line,
                    mutation.section,
                    mutation.kind,
                    indent(&mutation.before),
                    indent(&mutation.after),
                    who_should(mutation.kind),
                ));
            }
        }
        for (entry, words) in survivors.iter() {
            let is_of = |mutation: &Mutation| entry.is_of(words, mutation);
            let possible = all.iter().filter(|mutation| is_of(mutation)).count();
            let judged = self.judged.iter().filter(|(mutation, _)| is_of(mutation));
            let fates: Vec<&Fate> = judged.map(|(_, fate)| fate).collect();
            let what = format!(
                "{}: the list of survivors has a change of kind \"{}\" of \"{words}\"",
                entry.chapter, entry.kind
            );
            if possible == 0 {
                faults.push(format!("{what}: the chapter has no such words any more"));
            } else if fates.len() == possible && !fates.contains(&&Fate::Survived) {
                faults.push(format!(
                    "{what}: it is noticed now, so take it off the list"
                ));
            }
        }
        faults
    }

    /// How many mutations of each kind were caught, and by what.
    pub fn summary(&self) -> String {
        let mut kinds: BTreeMap<Kind, BTreeMap<&str, usize>> = BTreeMap::new();
        for (mutation, fate) in &self.judged {
            let by = match fate {
                Fate::Caught(by) => by,
                Fate::Survived => "survived",
            };
            *kinds
                .entry(mutation.kind)
                .or_default()
                .entry(by)
                .or_default() += 1;
        }
        let mut summary = String::new();
        for (kind, fates) in kinds {
            let fates: Vec<String> = fates
                .iter()
                .map(|(by, count)| format!("{by} {count}"))
                .collect();
            // Writing to a string cannot fail.
            let _ = writeln!(summary, "{:>26}  {}", kind.words(), fates.join(", "));
        }
        summary
    }

    /// How many mutations nothing noticed.
    pub fn survived(&self) -> usize {
        self.judged
            .iter()
            .filter(|(_, fate)| *fate == Fate::Survived)
            .count()
    }
}

impl Tally {
    /// How many of them `survivors` does not list.
    pub fn unlisted(&self, survivors: &Survivors) -> usize {
        self.judged
            .iter()
            .filter(|(mutation, fate)| *fate == Fate::Survived && !survivors.list(mutation))
            .count()
    }
}

fn indent(words: &str) -> String {
    words.trim_end().replace('\n', "\n                     ")
}

/// What holds texts of this kind.
fn who_should(kind: Kind) -> &'static str {
    match kind {
        Kind::Verdict
        | Kind::CancelSafe
        | Kind::Timed
        | Kind::Context
        | Kind::Sides
        | Kind::Name
        | Kind::Statement
        | Kind::Order
        | Kind::Fields
        | Kind::Await
        | Kind::Try => {
            "the run of the block should: a step that it does not need can go, or an assertion can hold it"
        }
        _ => "one of the checks in `crates/checks` should",
    }
}
