use std::cell::RefCell;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::current::{self, Entered};
use super::super::numbered::{Numbered, Numbering};
use crate::ForgottenGuard;
use crate::async_drop::ask_first_of_forgotten;

thread_local! {
    static CURRENT: RefCell<Option<Ledger>> = const { RefCell::new(None) };
}

/// Books on which every resource opened, every resource closed and every forgotten guard stands.
///
/// A resource type of a test [opens](Self::open) an entry when it is made and [closes](Entry::close) it in its
/// `async_drop_impl`. The books [balance](Self::balance) when each entry was closed exactly once and no guard was forgotten.
///
/// A ledger is a handle: clones write into the same books, from any thread. Dropping handles changes nothing on the books.
/// No method awaits, so there is nothing to cancel.
///
/// # Example
///
/// ```
/// use async_drop_utils::testing::Ledger;
///
/// let ledger = Ledger::new();
/// let first = ledger.open("connection");
/// let second = ledger.open("connection");
/// first.close();
///
/// let imbalance = ledger.balance().unwrap_err();
/// assert_eq!(imbalance.to_string(), "still open: connection #2");
///
/// second.close();
/// assert!(ledger.balance().is_ok());
/// ```
#[derive(Clone, Default)]
pub struct Ledger {
    books: Arc<Mutex<Books>>,
}

#[derive(Default)]
struct Books {
    numbering: Numbering,
    items: Vec<Item>,
    forgotten: Vec<String>,
    journal: Vec<String>,
}

struct Item {
    id: Numbered,
    closed: usize,
    /// The item that it stands on.
    base: Option<usize>,
    /// What stood on it when it was closed.
    closed_under: Vec<Numbered>,
}

impl Ledger {
    /// Makes a ledger with empty books.
    pub fn new() -> Self {
        Self::default()
    }

    /// The ledger of the exploration that runs on this thread, or of the innermost [`enter`](Self::enter) on it.
    ///
    /// Outside of both it is a fresh ledger that nobody balances, so that resource types which keep books also work in
    /// ordinary code. The blocking threads of an exploration's runtime have the exploration's ledger, too; threads that are
    /// spawned in other ways do not, so open entries before such a thread starts and move them into it.
    pub fn current() -> Self {
        current::read(&CURRENT).unwrap_or_default()
    }

    /// Makes this the [`current`](Self::current) ledger of this thread until the returned value is dropped.
    ///
    /// For tests that do not explore. Meanwhile, guards that are forgotten on this thread are recorded instead of calling the
    /// forgotten-guard hook, so tests in other threads do not see them. Inside of an exploration it diverts the books from the exploration's ledger, which
    /// then balances without them.
    ///
    /// # Example
    ///
    /// ```
    /// use async_drop_utils::testing::Ledger;
    ///
    /// let ledger = Ledger::new();
    /// let entered = ledger.enter();
    /// Ledger::current().open("file"); // as a resource type would
    /// drop(entered);
    /// assert_eq!(ledger.balance().unwrap_err().still_open(), ["file #1"]);
    /// ```
    pub fn enter(&self) -> EnteredLedger {
        ask_first_of_forgotten(record_forgotten);
        EnteredLedger {
            _entered: current::enter(&CURRENT, self.clone()),
        }
    }

    /// Makes this the current ledger of this thread for as long as the thread lives.
    pub(in super::super) fn enter_for_good(&self) {
        ask_first_of_forgotten(record_forgotten);
        CURRENT.set(Some(self.clone()));
    }

    /// Records that a resource was opened, and numbers it among those of the same `name`, from 1.
    pub fn open(&self, name: impl Into<Arc<str>>) -> Entry {
        self.open_on(name.into(), None)
    }

    fn open_on(&self, name: Arc<str>, base: Option<usize>) -> Entry {
        let mut books = self.lock();
        let id = books.numbering.next(name);
        books.journal.push(format!("opened {id}"));
        books.items.push(Item {
            id: id.clone(),
            closed: 0,
            base,
            closed_under: Vec::new(),
        });
        Entry {
            index: books.items.len() - 1,
            ledger: self.clone(),
            id,
        }
    }

    /// Says whether everything that was opened has been closed exactly once, what stood on it before, and no guard was forgotten.
    ///
    /// May be called at any time, and again.
    ///
    /// # Errors
    ///
    /// What stands in the way, by name.
    pub fn balance(&self) -> Result<(), Imbalance> {
        let books = self.lock();
        let named = |wanted: fn(&Item) -> bool| {
            let items = books.items.iter().filter(|item| wanted(item));
            items.map(|item| item.id.to_string()).collect()
        };
        let imbalance = Imbalance {
            still_open: named(|item| item.closed == 0),
            closed_twice: named(|item| item.closed > 1),
            closed_too_early: books.items.iter().flat_map(closed_too_early).collect(),
            forgotten: books.forgotten.clone(),
        };
        if imbalance.is_empty() {
            Ok(())
        } else {
            Err(imbalance)
        }
    }

    /// Everything that was recorded, in order: `opened file #1`, `closed file #1`, `forgot …`.
    ///
    /// For tests of the order in which cleanup happens.
    pub fn journal(&self) -> Vec<String> {
        self.lock().journal.clone()
    }

    /// Records a guard that was dropped armed.
    fn forgot(&self, guard: String) {
        let mut books = self.lock();
        books.journal.push(format!("forgot {guard}"));
        books.forgotten.push(guard);
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        // No invariant spans two statements under the lock: books that a panic interrupted are still books.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn closed_too_early(base: &Item) -> impl Iterator<Item = String> {
    let above = base.closed_under.iter();
    above.map(|above| format!("{} under {above}", base.id))
}

/// Enters a guard that was dropped armed in this thread's books, if it has any.
fn record_forgotten(guard: &ForgottenGuard<'_>) -> bool {
    let Some(ledger) = current::read(&CURRENT) else {
        return false;
    };
    ledger.forgot(format!(
        "{:?} (type {}, guard made at {})",
        guard.value(),
        guard.type_name(),
        guard.location(),
    ));
    true
}

impl Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ledger").field(&self.lock().journal).finish()
    }
}

/// One opened resource on the books of a [`Ledger`].
///
/// It may be moved to and closed on any thread. Dropping it unclosed changes nothing: the resource stays open on the books,
/// and that is how a leak is found.
#[must_use = "an entry that is dropped stays open on the books"]
pub struct Entry {
    ledger: Ledger,
    index: usize,
    id: Numbered,
}

impl Entry {
    /// Records the orderly close of the resource. A second close is recorded as a fault: the books no longer balance.
    pub fn close(&self) {
        let mut books = self.ledger.lock();
        let on_it = books.items.iter();
        let on_it = on_it.filter(|item| item.base == Some(self.index) && item.closed == 0);
        let closed_under = on_it.map(|item| item.id.clone()).collect();
        let item = &mut books.items[self.index];
        item.closed += 1;
        item.closed_under = closed_under;
        books.journal.push(format!("closed {}", self.id));
    }

    /// Records that a resource was opened which stands on this one, such as a transaction on a connection.
    ///
    /// Each of both has to be closed. When this one is closed first, the books do not balance.
    ///
    /// # Example
    ///
    /// ```
    /// use async_drop_utils::testing::Ledger;
    ///
    /// let ledger = Ledger::new();
    /// let connection = ledger.open("connection");
    /// let transaction = connection.open_on_it("transaction");
    /// connection.close();
    /// transaction.close();
    ///
    /// let imbalance = ledger.balance().unwrap_err();
    /// assert_eq!(imbalance.to_string(), "closed too early: connection #1 under transaction #1");
    /// ```
    pub fn open_on_it(&self, name: impl Into<Arc<str>>) -> Self {
        self.ledger.open_on(name.into(), Some(self.index))
    }

    /// Says whether the resource has not been closed yet.
    pub fn is_open(&self) -> bool {
        self.ledger.lock().items[self.index].closed == 0
    }
}

/// The resource's name and number: `connection #2`.
impl Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.id, f)
    }
}

impl Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(&self.id).finish()
    }
}

/// Keeps a ledger current on this thread; made by [`Ledger::enter`].
///
/// Dropping it makes the ledger current that was so before.
#[must_use = "the ledger is current only until this is dropped"]
pub struct EnteredLedger {
    _entered: Entered<Ledger>,
}

impl Debug for EnteredLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnteredLedger")
    }
}

/// Why the books of a [`Ledger`] do not balance.
///
/// Its `Display` has one line for each thing that stands in the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imbalance {
    still_open: Vec<String>,
    closed_twice: Vec<String>,
    closed_too_early: Vec<String>,
    forgotten: Vec<String>,
}

impl Imbalance {
    /// What was opened and not closed, in the order of opening: `connection #2`.
    pub fn still_open(&self) -> &[String] {
        &self.still_open
    }

    /// What was closed more than once, in the order of opening.
    pub fn closed_twice(&self) -> &[String] {
        &self.closed_twice
    }

    /// What was closed while something open stood on it: `connection #1 under transaction #2`.
    pub fn closed_too_early(&self) -> &[String] {
        &self.closed_too_early
    }

    /// The guards that were dropped armed: value, type, and where the guard was made.
    pub fn forgotten(&self) -> &[String] {
        &self.forgotten
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.still_open.is_empty()
            && self.closed_twice.is_empty()
            && self.closed_too_early.is_empty()
            && self.forgotten.is_empty()
    }
}

impl Display for Imbalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = [
            ("still open", &self.still_open),
            ("closed twice", &self.closed_twice),
            ("closed too early", &self.closed_too_early),
            ("forgotten", &self.forgotten),
        ];
        let mut separator = "";
        for (what, names) in lines {
            for name in names {
                write!(f, "{separator}{what}: {name}")?;
                separator = "\n";
            }
        }
        Ok(())
    }
}

impl Error for Imbalance {}
