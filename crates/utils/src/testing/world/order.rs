use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;
use tokio::task::yield_now;

/// In which order tasks go on: as they are woken, or, with a seed, with some of them held back for a turn or more.
pub(super) struct Order {
    chance: Option<Mutex<Chance>>,
}

struct Chance {
    lots: Rng,
    /// Who is slow in this order. What is drawn once and holds for the run lets one overtake another in all of it.
    slow: HashMap<Who, bool>,
}

/// Who may let others pass.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Who {
    Scenario,
    Task(usize),
    /// Whoever awaits an operation of this name.
    Caller(Arc<str>),
}

/// Whoever is slow lets others pass at most so often before it goes on.
const MOST_TURNS: u8 = 3;

impl Order {
    pub(super) fn new(seed: Option<u64>) -> Self {
        let chance = seed.map(|seed| {
            Mutex::new(Chance {
                lots: Rng::with_seed(seed),
                slow: HashMap::new(),
            })
        });
        Self { chance }
    }

    /// How many turns it lets others pass.
    pub(super) fn turns(&self, who: Who) -> u8 {
        self.chance.as_ref().map_or(0, |chance| {
            let mut chance = chance.lock().unwrap_or_else(PoisonError::into_inner);
            let Chance { lots, slow } = &mut *chance;
            if *slow.entry(who).or_insert_with(|| lots.bool()) {
                lots.u8(..=MOST_TURNS)
            } else {
                0
            }
        })
    }

    /// Lets other tasks pass.
    pub(super) async fn let_pass(&self, operation: &Arc<str>) {
        for _ in 0..self.turns(Who::Caller(Arc::clone(operation))) {
            yield_now().await;
        }
    }
}
