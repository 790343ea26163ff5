use std::time::Duration;

/// What an exploration may take.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub(super) max_runs: usize,
    pub(super) max_pairs: usize,
    pub(super) patience: Duration,
    pub(super) settle: Option<Duration>,
    pub(super) wall_clock: bool,
    pub(super) keeps_time: bool,
    pub(super) balanced_on_return: bool,
    pub(super) seed: u64,
}

impl Limits {
    /// Whether operations may be silent and hours pass.
    pub(super) fn moves_time(&self) -> bool {
        !self.wall_clock && !self.keeps_time
    }
}
