use std::error::Error;
use std::fmt::{self, Display};
use std::io;
use std::time::Duration;

use super::super::numbered::Numbered;

/// How long an operation that never answers is awaited before it fails: longer than most timeouts around it, and no time at all on a
/// paused clock.
pub(in super::super) const SILENCE: Duration = Duration::from_secs(60 * 60);

/// What goes wrong with an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum Fault {
    /// Nothing happens on the far side, and the caller is told so.
    Fails,
    /// It happens on the far side; the caller gets an error.
    AnswerLost,
    /// The caller gets an error; it happens on the far side when the caller has gone on.
    HappensLate,
    /// Nothing happens, and nobody says so: the caller waits until it gives up.
    NeverAnswers,
    /// It happens on the far side; the caller waits until it gives up.
    HappensUnanswered,
}

impl Fault {
    /// All there are, the plainest first.
    pub(in super::super) const ALL: [Self; 5] = [
        Self::Fails,
        Self::AnswerLost,
        Self::HappensLate,
        Self::NeverAnswers,
        Self::HappensUnanswered,
    ];

    /// What a finding says behind the operation's name.
    pub(in super::super) fn words(self) -> &'static str {
        match self {
            Self::Fails => "fails",
            Self::AnswerLost => "happens and its answer is lost",
            Self::HappensLate => "fails and happens later",
            Self::NeverAnswers => "never answers",
            Self::HappensUnanswered => "happens and never answers",
        }
    }

    /// Whether it takes [`SILENCE`].
    pub(in super::super) fn is_silence(self) -> bool {
        matches!(self, Self::NeverAnswers | Self::HappensUnanswered)
    }
}

/// The error of an operation that the explorer failed.
///
/// It says which operation it was, and not whether the far side has done it: a caller never knows that.
/// It converts into [`std::io::Error`] and `Box<dyn Error + Send + Sync>`, so that `?` carries it out of most functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InjectedFault {
    pub(in super::super) id: Numbered,
}

impl InjectedFault {
    /// The operation's name.
    pub fn name(&self) -> &str {
        &self.id.name
    }

    /// Which one of that name it is, counted from 1.
    pub fn number(&self) -> usize {
        self.id.number
    }
}

impl Display for InjectedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed (injected)", self.id)
    }
}

impl Error for InjectedFault {}

impl From<InjectedFault> for io::Error {
    fn from(fault: InjectedFault) -> Self {
        Self::other(fault)
    }
}
