use std::sync::{Mutex, PoisonError};

use fastrand::Rng;
use tokio::task::yield_now;

/// In which order tasks go on: as they are woken, or, with a seed, with some of them held back for a turn or two.
pub(super) struct Order {
    chance: Option<Mutex<Rng>>,
}

/// A task lets others pass at most so often before it goes on.
const MOST_TURNS: u8 = 2;

impl Order {
    pub(super) fn new(seed: Option<u64>) -> Self {
        let chance = seed.map(|seed| Mutex::new(Rng::with_seed(seed)));
        Self { chance }
    }

    /// How many turns a task lets others pass.
    pub(super) fn turns(&self) -> u8 {
        self.chance.as_ref().map_or(0, |chance| {
            let mut chance = chance.lock().unwrap_or_else(PoisonError::into_inner);
            chance.u8(..=MOST_TURNS)
        })
    }

    /// Lets other tasks pass.
    pub(super) async fn let_pass(&self) {
        for _ in 0..self.turns() {
            yield_now().await;
        }
    }
}
