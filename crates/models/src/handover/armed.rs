//! Stands for the library's count of armed guards, for which the drain of a tracker does not wait.

use std::convert::Infallible;

/// There are none.
#[derive(Clone, Copy, Debug)]
pub struct ArmedGuards(Infallible);

impl std::fmt::Display for ArmedGuards {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {}
    }
}
