use std::fmt::{self, Display};
use std::panic::Location;

/// Where a guard was made, kept for messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin(&'static Location<'static>);

impl Origin {
    #[track_caller]
    pub(crate) fn caller() -> Self {
        Self(Location::caller())
    }

    pub(crate) fn at(location: &'static Location<'static>) -> Self {
        Self(location)
    }

    pub(crate) fn location(self) -> &'static Location<'static> {
        self.0
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
