use std::fmt::{self, Display};

use super::super::numbered::Numbered;
use super::fault::Fault;

/// What a run does to its scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Plan {
    /// At most two, in the order in which they take place.
    pub(in super::super) injections: Vec<Injection>,
    /// The seed of the order in which tasks go on; without one they go on as they are woken.
    pub(in super::super) order: Option<u64>,
    /// The runtime ends right behind a `drain` that comes back, and does not go on until no task is left.
    pub(in super::super) ends_behind_drain: bool,
}

/// One thing that the world does to a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum Injection {
    Fault {
        operation: Numbered,
        fault: Fault,
        /// Every later operation of that name fails likewise.
        from_then_on: bool,
    },
    /// The scenario's future is dropped.
    Cancelled(Await),
    /// The process stands still for an hour, so that every timer goes off.
    HourPasses { at: usize },
    /// A task is aborted at its pending await of this number; at 0, before its first poll.
    Aborted { task: usize, at: usize },
    /// A future is dropped, and called again on the same state.
    Restarted { operation: Numbered, at: Await },
    /// The runtime ends.
    Ended { how: End, at: usize },
}

/// A pending await, and when exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct Await {
    /// Counted from 1.
    pub(in super::super) number: usize,
    pub(in super::super) moment: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum Moment {
    AtOnce,
    /// When it has been woken: what it waited for is then on its way to it.
    OnceWoken,
}

/// How a runtime ends under a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum End {
    Dropped,
    ShutDownWithin,
    ShutDownInBackground,
}

impl End {
    pub(in super::super) const ALL: [Self; 3] = [
        Self::Dropped,
        Self::ShutDownWithin,
        Self::ShutDownInBackground,
    ];

    pub(in super::super) fn words(self) -> &'static str {
        match self {
            Self::Dropped => "the runtime is dropped",
            Self::ShutDownWithin => "the runtime is shut down with a timeout",
            Self::ShutDownInBackground => "the runtime is shut down in the background",
        }
    }
}

impl Injection {
    /// Whether a clock goes on by hours.
    pub(in super::super) fn moves_time(&self) -> bool {
        match self {
            Self::Fault { fault, .. } => fault.is_silence(),
            Self::HourPasses { .. } => true,
            _ => false,
        }
    }

    pub(in super::super) fn fault(operation: Numbered, fault: Fault) -> Self {
        Self::Fault {
            operation,
            fault,
            from_then_on: false,
        }
    }
}

impl Display for Await {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "await #{}", self.number)?;
        match self.moment {
            Moment::AtOnce => Ok(()),
            Moment::OnceWoken => f.write_str(" just before it resumes"),
        }
    }
}

impl Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault {
                operation,
                fault,
                from_then_on: false,
            } => write!(f, "{operation} {}", fault.words()),
            Self::Fault {
                operation: Numbered { name, number },
                fault,
                from_then_on: true,
            } => write!(f, "{name} {} from #{number} on", fault.words()),
            Self::Cancelled(at) => write!(f, "cancelled at {at}"),
            Self::HourPasses { at } => write!(f, "an hour passes at await #{at}"),
            Self::Aborted { task, at: 0 } => write!(f, "task #{task} is aborted before it starts"),
            Self::Aborted { task, at } => write!(f, "task #{task} is aborted at its await #{at}"),
            Self::Restarted { operation, at } => {
                write!(f, "{operation} is cut off at its {at} and called again")
            }
            Self::Ended { how, at } => write!(f, "{} at await #{at}", how.words()),
        }
    }
}

/// What stands behind the `when` of a finding.
impl Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.injections.is_empty() {
            f.write_str("nothing fails")?;
        }
        let mut joint = "";
        for injection in &self.injections {
            write!(f, "{joint}{injection}")?;
            joint = " and then ";
        }
        if self.ends_behind_drain {
            f.write_str(" and main returns right behind drain")?;
        }
        match self.order {
            Some(seed) => write!(f, " in order {seed}"),
            None => Ok(()),
        }
    }
}
