use std::cell::RefCell;
use std::error::Error;
use std::fmt::{self, Display};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::current::{self, Entered};
use super::numbered::{Numbered, Numbering};

thread_local! {
    static CURRENT: RefCell<Option<Arc<Faults>>> = const { RefCell::new(None) };
}

/// An operation that can fail: it is pending once, then fails if the explorer says that it is this one's turn.
///
/// Await it where the real thing would read, write or connect. Operations of the same `name` are numbered from 1 in the
/// order in which they are first polled. Outside of an exploration it always succeeds.
///
/// # Cancellation
///
/// Dropping the future is safe. The operation has used up its number.
///
/// # Errors
///
/// The [`InjectedFault`], in the run that fails this operation.
///
/// # Example
///
/// ```
/// use async_drop_utils::testing::{Explorer, fallible};
///
/// async fn fetch() -> std::io::Result<String> {
///     fallible("fetch").await?;
///     Ok("page".to_owned())
/// }
///
/// let report = Explorer::new().failures(async || fetch().await.map(drop)).unwrap();
/// assert_eq!(report.faults(), 1);
/// ```
pub async fn fallible(name: impl Into<Arc<str>>) -> Result<(), InjectedFault> {
    let outcome = fault_point(name);
    tokio::task::yield_now().await;
    outcome
}

/// An operation that can fail without being awaited: [`fallible`] without the await.
///
/// # Errors
///
/// The [`InjectedFault`], in the run that fails this operation.
///
/// # Example
///
/// ```
/// use async_drop_utils::testing::{InjectedFault, fault_point};
///
/// fn parse(text: &str) -> Result<usize, InjectedFault> {
///     fault_point("parse")?;
///     Ok(text.len())
/// }
/// assert_eq!(parse("abc"), Ok(3)); // no exploration runs: nothing fails
/// ```
pub fn fault_point(name: impl Into<Arc<str>>) -> Result<(), InjectedFault> {
    let name = name.into();
    match current::read(&CURRENT) {
        Some(faults) => faults.arrive(name),
        None => Ok(()),
    }
}

/// The error of an operation that the explorer failed.
///
/// It converts into [`std::io::Error`] and `Box<dyn Error + Send + Sync>`, so that `?` carries it out of most functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InjectedFault {
    id: Numbered,
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

/// Counts the fallible operations of one run and fails the chosen one.
pub(super) struct Faults {
    /// Counted from 1; `None` fails nothing.
    chosen: Option<usize>,
    /// Every operation beyond this many fails, so that a loop which only an error ends does end.
    limit: usize,
    arrivals: Mutex<Arrivals>,
}

#[derive(Default)]
struct Arrivals {
    numbering: Numbering,
    count: usize,
    injected: Option<InjectedFault>,
}

impl Faults {
    pub(super) fn new(chosen: Option<usize>, limit: usize) -> Self {
        Self {
            chosen,
            limit,
            arrivals: Mutex::default(),
        }
    }

    /// Has the operations of this thread arrive here until the returned value is dropped.
    pub(super) fn enter(self: &Arc<Self>) -> Entered<Arc<Self>> {
        current::enter(&CURRENT, Arc::clone(self))
    }

    /// Has the operations of this thread arrive here for as long as the thread lives.
    pub(super) fn enter_for_good(self: &Arc<Self>) {
        CURRENT.set(Some(Arc::clone(self)));
    }

    /// The fault that was injected, once it has been.
    pub(super) fn injected(&self) -> Option<InjectedFault> {
        self.lock().injected.clone()
    }

    /// Says whether more operations have arrived than a run may have.
    pub(super) fn exceeded(&self) -> bool {
        self.lock().count > self.limit
    }

    fn arrive(&self, name: Arc<str>) -> Result<(), InjectedFault> {
        let mut arrivals = self.lock();
        let fault = InjectedFault {
            id: arrivals.numbering.next(name),
        };
        arrivals.count += 1;
        if Some(arrivals.count) == self.chosen {
            arrivals.injected = Some(fault.clone());
            Err(fault)
        } else if arrivals.count > self.limit {
            Err(fault)
        } else {
            Ok(())
        }
    }

    fn lock(&self) -> MutexGuard<'_, Arrivals> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
