use std::fmt::{self, Display};

/// A cleanup, by its number.
#[derive(Clone, Copy, Debug)]
pub struct CleanupTask {
    pub(crate) number: usize,
}

impl Display for CleanupTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cleanup {}", self.number)
    }
}
