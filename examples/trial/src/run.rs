use std::path::{Path, PathBuf};
use std::time::Duration;

use async_drop_real_resources::Chance;
use async_drop_utils::drain;

use crate::drained::has_ended;

/// What one run gets to know.
#[derive(Debug)]
pub struct Run {
    /// Its own choices.
    pub chance: Chance,
    seed: u64,
    folder: PathBuf,
}

impl Run {
    pub(crate) fn new(seed: u64, folder: &Path) -> Self {
        Self {
            chance: Chance::new(seed),
            seed,
            folder: folder.to_owned(),
        }
    }

    /// What its choices follow from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A folder that is there for this run alone, and gone after it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A word that no other run has, of no other process either.
    pub fn mark(&self) -> String {
        format!("{}-{}", std::process::id(), self.seed)
    }

    /// Runs `program` as a task, cut off within `longest` in one of the ways in which programs are cut off; one in eight comes to its end.
    ///
    /// # Panics
    ///
    /// If the program panics.
    pub async fn cut_off(
        &mut self,
        longest: Duration,
        program: impl Future<Output = ()> + Send + 'static,
    ) {
        let chance = self.chance.fork();
        let task = tokio::spawn(chance.cut_off(longest, program));
        task.await
            .expect("a program that is cut off does not panic");
    }

    /// Waits up to `deadline` for all cleanups, and returns what has not ended until then; one that failed has ended.
    pub async fn drained(&self, deadline: Duration) -> Vec<String> {
        let report = drain(deadline).await;
        match has_ended(&report) {
            true => Vec::new(),
            false => vec![report.to_string()],
        }
    }
}
