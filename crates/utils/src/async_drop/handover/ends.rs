use std::collections::VecDeque;

/// How many ends of one kind are kept for a drain to come: a program that never drains must not fill up with them.
const KEPT: usize = 1_000;

/// Ends of one kind that have not been told yet, the oldest first, with their numbers.
pub(super) struct Ends<T>(VecDeque<(u64, T)>);

impl<T> Default for Ends<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Ends<T> {
    /// Adds an end; of those before `kept_from`, the latest stay.
    pub(super) fn push(&mut self, number: u64, end: T, kept_from: u64) {
        self.0.push_back((number, end));
        if number < kept_from {
            self.forget_before(kept_from);
        }
    }

    pub(super) fn forget_before(&mut self, kept_from: u64) {
        let old = self.0.partition_point(|(number, _)| *number < kept_from);
        self.0.drain(..old.saturating_sub(KEPT));
    }

    pub(super) fn take(&mut self) -> Vec<T> {
        self.0.drain(..).map(|(_, end)| end).collect()
    }
}
