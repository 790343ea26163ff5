//! What the code under test finds without being handed it: the books and the run of this thread.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::Arc;

use super::ledger::Ledger;
use super::run::Run;
use crate::{CleanupTracker, ForgottenGuard};

/// What is current on a thread.
#[derive(Clone)]
pub(super) struct Ambient {
    pub(super) ledger: Ledger,
    pub(super) run: Option<Arc<Run>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Ambient>> = const { RefCell::new(None) };
}

/// Enters a guard that was dropped armed in this thread's books, if it has any.
pub(crate) fn record_forgotten(guard: &ForgottenGuard<'_>) -> bool {
    let Some(ledger) = ledger() else { return false };
    ledger.forgot(format!(
        "{:?} (type {}, guard made at {})",
        guard.value(),
        guard.type_name(),
        guard.location(),
    ));
    true
}

/// The tracker that takes the place of the process-wide one on this thread.
pub(crate) fn process_wide_tracker() -> Option<CleanupTracker> {
    run().map(|run| run.tracker.clone())
}

/// Makes `ambient` current on this thread until the returned value is dropped.
pub(super) fn enter(ambient: Ambient) -> Entered {
    Entered {
        former: CURRENT.replace(Some(ambient)),
        on_this_thread: PhantomData,
    }
}

/// Makes `ambient` current on this thread for as long as the thread lives.
pub(super) fn enter_for_good(ambient: Ambient) {
    CURRENT.set(Some(ambient));
}

pub(super) fn ledger() -> Option<Ledger> {
    read(|ambient| ambient.ledger.clone())
}

pub(super) fn run() -> Option<Arc<Run>> {
    read(|ambient| ambient.run.clone()).flatten()
}

// Never panics, since the panic hook reads: a thread that is being torn down has nothing current.
fn read<R>(look: impl FnOnce(&Ambient) -> R) -> Option<R> {
    let read = CURRENT.try_with(|current| current.try_borrow().ok()?.as_ref().map(look));
    read.ok().flatten()
}

pub(super) struct Entered {
    former: Option<Ambient>,
    on_this_thread: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(|current| current.replace(self.former.take()));
    }
}
