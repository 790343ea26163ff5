use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::time::Duration;

use super::faults::InjectedFault;
use super::ledger::Imbalance;
use super::panics::Panicked;
use super::run::Cancel;

/// What an exploration found: the injected fault or cancellation, and what it did to the books.
///
/// The first line of its `Display` says what happens and when: `leaks when fetch #1 fails`,
/// `leaks when cancelled at await #2`, `leaks when cancelled at await #2 just before it resumes`, `leaks when nothing fails`, `panics when fetch #1 fails: …`,
/// `hangs when …`, `never ends when …`, `returns an error when nothing fails: …`. Each further line names something that is still
/// open, was closed twice, or was forgotten. `Debug` is the same text, so that `unwrap` shows it.
///
/// # Example
///
/// ```
/// use async_drop_utils::testing::{Explorer, fallible};
///
/// let leak = Explorer::new()
///     .failures(async || fallible("fetch").await.unwrap())
///     .unwrap_err();
/// assert!(leak.to_string().starts_with("panics when fetch #1 fails: "));
/// assert_eq!(leak.fault().unwrap().name(), "fetch");
/// assert_eq!(leak.panics().count(), 1);
/// ```
#[derive(Clone)]
pub struct Leak {
    // Boxed to keep the `Result`s small that carry it.
    found: Box<Found>,
}

#[derive(Clone)]
struct Found {
    when: When,
    trouble: Trouble,
    panics: Vec<Panicked>,
    imbalance: Imbalance,
}

/// What was injected into a run.
#[derive(Clone)]
pub(super) enum When {
    Nothing,
    Fault(InjectedFault),
    Cancelled(Cancel),
}

#[derive(Clone)]
pub(super) enum Trouble {
    Hung(Duration),
    Endless { bound: usize, of: &'static str },
    Panicked,
    Unbalanced,
    Returned(String),
}

impl Leak {
    pub(super) fn new(
        when: When,
        trouble: Trouble,
        panics: Vec<Panicked>,
        imbalance: Imbalance,
    ) -> Self {
        Self {
            found: Box::new(Found {
                when,
                trouble,
                panics,
                imbalance,
            }),
        }
    }

    /// The fault that exposed it, if one was injected.
    pub fn fault(&self) -> Option<&InjectedFault> {
        match &self.found.when {
            When::Fault(fault) => Some(fault),
            When::Nothing | When::Cancelled(_) => None,
        }
    }

    /// At which pending await the scenario was cancelled, counted from 1, if it was.
    pub fn cancelled_at(&self) -> Option<usize> {
        match &self.found.when {
            When::Cancelled(cancel) => Some(cancel.at),
            When::Nothing | When::Fault(_) => None,
        }
    }

    /// The messages of all panics of the run, those of spawned tasks included.
    pub fn panics(&self) -> impl Iterator<Item = &str> {
        self.found.panics.iter().map(|panic| &*panic.message)
    }

    /// What is still open, was closed twice, or was forgotten.
    pub fn imbalance(&self) -> &Imbalance {
        &self.found.imbalance
    }
}

impl Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing fails"),
            Self::Fault(fault) => write!(f, "{} #{} fails", fault.name(), fault.number()),
            Self::Cancelled(Cancel { at, once_woken }) => {
                let when = if *once_woken {
                    " just before it resumes"
                } else {
                    ""
                };
                write!(f, "cancelled at await #{at}{when}")
            }
        }
    }
}

impl Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Found {
            when,
            trouble,
            panics,
            imbalance,
        } = &*self.found;
        let mut panics = panics.iter();
        match trouble {
            Trouble::Unbalanced => write!(f, "leaks when {when}")?,
            Trouble::Panicked => {
                write!(f, "panics when {when}")?;
                if let Some(first) = panics.next() {
                    write!(f, ": {first}")?;
                }
            }
            Trouble::Hung(patience) => write!(
                f,
                "hangs when {when}: still running after {patience:?} (the bound is Explorer::patience)"
            )?,
            Trouble::Endless { bound, of } => write!(
                f,
                "never ends when {when}: more than {bound} {of} (the bound is Explorer::max_runs)"
            )?,
            Trouble::Returned(error) => write!(f, "returns an error when {when}: {error}")?,
        }
        for panic in panics {
            write!(f, "\npanic: {panic}")?;
        }
        if !imbalance.is_empty() {
            write!(f, "\n{imbalance}")?;
        }
        Ok(())
    }
}

impl Debug for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Error for Leak {}
