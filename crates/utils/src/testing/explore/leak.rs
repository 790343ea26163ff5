use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::time::Duration;

use super::super::books::Imbalance;
use super::super::run::Panicked;
use super::super::world::{InjectedFault, Injection, Plan};
use super::replay::{VARIABLE, first_line};

/// What an exploration found: what was injected, and what it did to the books.
///
/// The first line of its `Display` says what happens and when: `leaks when fetch #1 fails`,
/// `leaks when cancelled at await #2`, `leaks when nothing fails`, `panics when fetch #1 fails: …`,
/// `hangs when …`, `never ends when …`, `returns an error when nothing fails: …`. Each further line names something that is still
/// open, was closed twice, was closed under something open, or was forgotten. `Debug`, which `unwrap` shows, adds how to [replay](Self::replay) it.
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
/// assert_eq!(leak.replay(), r#"Explorer::only("panics when fetch #1 fails")"#);
/// ```
#[derive(Clone)]
pub struct Leak {
    // Boxed to keep the `Result`s small that carry it.
    found: Box<Found>,
}

#[derive(Clone)]
struct Found {
    when: Plan,
    trouble: Trouble,
    panics: Vec<Panicked>,
    imbalance: Imbalance,
}

#[derive(Clone)]
pub(super) enum Trouble {
    Hung(Duration),
    Endless {
        bound: usize,
        of: &'static str,
    },
    Panicked,
    Unbalanced,
    Returned(String),
    /// It returned, and was cleaned up only later.
    TooEarly,
    /// What was to be replayed did not take place.
    NotMet,
}

impl Leak {
    pub(super) fn new(
        when: Plan,
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

    /// The first operation that was made to fail, if one was.
    pub fn fault(&self) -> Option<InjectedFault> {
        self.found
            .when
            .injections
            .iter()
            .find_map(|injection| match injection {
                Injection::Fault { operation, .. } => Some(InjectedFault {
                    id: operation.clone(),
                }),
                _ => None,
            })
    }

    /// At which pending await the scenario was cancelled, counted from 1, if it was.
    pub fn cancelled_at(&self) -> Option<usize> {
        self.found
            .when
            .injections
            .iter()
            .find_map(|injection| match injection {
                Injection::Cancelled(at) => Some(at.number),
                _ => None,
            })
    }

    /// How many things were injected: 2 where each of them alone is survived.
    pub fn injected(&self) -> usize {
        self.found.when.injections.len()
    }

    /// The call that explores nothing but this: `Explorer::only("leaks when fetch #1 fails")`.
    pub fn replay(&self) -> String {
        format!("Explorer::only({:?})", self.first_line())
    }

    /// The messages of all panics of the run, those of spawned tasks included.
    pub fn panics(&self) -> impl Iterator<Item = &str> {
        self.found.panics.iter().map(|panic| &*panic.message)
    }

    /// What is still open, was closed twice or too early, or was forgotten.
    pub fn imbalance(&self) -> &Imbalance {
        &self.found.imbalance
    }

    fn first_line(&self) -> String {
        first_line(self.what(), &self.found.when)
    }

    fn what(&self) -> &'static str {
        match self.found.trouble {
            Trouble::Hung(_) => "hangs",
            Trouble::Endless { .. } => "never ends",
            Trouble::Panicked => "panics",
            Trouble::Unbalanced => "leaks",
            Trouble::Returned(_) => "returns an error",
            Trouble::TooEarly => "returns before the cleanup",
            Trouble::NotMet => "is not met",
        }
    }
}

impl Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Found {
            trouble,
            panics,
            imbalance,
            ..
        } = &*self.found;
        let mut panics = panics.iter();
        f.write_str(&self.first_line())?;
        match trouble {
            Trouble::Unbalanced | Trouble::TooEarly => {}
            Trouble::Panicked => {
                if let Some(first) = panics.next() {
                    write!(f, ": {first}")?;
                }
            }
            Trouble::Hung(patience) => write!(
                f,
                ": still running after {patience:?} (the bound is Explorer::patience)"
            )?,
            Trouble::Endless { bound, of } => write!(
                f,
                ": more than {bound} {of} (the bound is Explorer::max_runs)"
            )?,
            Trouble::Returned(error) => write!(f, ": {error}")?,
            Trouble::NotMet => {
                f.write_str(": the scenario has no such operation, await or task")?;
            }
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
        let line = self.first_line();
        write!(
            f,
            "{self}\nto replay: {}, or {VARIABLE}={line:?}",
            self.replay()
        )
    }
}

impl Error for Leak {}
