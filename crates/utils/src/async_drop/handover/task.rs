use std::fmt::{self, Debug, Display};
use std::panic::Location;

use super::super::guard::Origin;

/// A cleanup that was handed over to a task: what it cleans up, and where the guard was made.
#[derive(Clone, Copy)]
pub struct CleanupTask {
    type_name: &'static str,
    origin: Origin,
}

impl CleanupTask {
    pub(crate) fn new(type_name: &'static str, origin: Origin) -> Self {
        Self { type_name, origin }
    }

    /// The type of the value that is cleaned up, as [`std::any::type_name`] spells it.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Where the guard was made.
    pub fn location(&self) -> &'static Location<'static> {
        self.origin.location()
    }

    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }

    /// Whether both are of one type and one place. Compares the words, since the addresses do not tell: an optimised program may keep one
    /// type's name at several, of which one guard is armed under one and disarmed under another.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.location() == other.location() && self.type_name == other.type_name
    }
}

impl Display for CleanupTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (guard made at {})", self.type_name, self.origin)
    }
}

impl Debug for CleanupTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CleanupTask({self})")
    }
}
