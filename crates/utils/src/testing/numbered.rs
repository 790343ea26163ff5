use std::collections::HashMap;
use std::fmt::{self, Debug, Display};
use std::sync::Arc;

/// A name and which one of that name it is, counted from 1: `connection #2`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Numbered {
    pub(super) name: Arc<str>,
    pub(super) number: usize,
}

impl Display for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{}", self.name, self.number)
    }
}

impl Debug for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// Numbers what arrives under the same name in the order of arrival.
#[derive(Default)]
pub(super) struct Numbering {
    last: HashMap<Arc<str>, usize>,
}

impl Numbering {
    pub(super) fn next(&mut self, name: Arc<str>) -> Numbered {
        let number = self.last.entry(Arc::clone(&name)).or_default();
        *number += 1;
        Numbered {
            name,
            number: *number,
        }
    }
}
