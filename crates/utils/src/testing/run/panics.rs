//! Panics of an exploration go onto its record, not to stderr; all others go where they went before.

use std::any::Any;
use std::cell::RefCell;
use std::fmt::{self, Display};
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use super::super::current::{self, Entered};

thread_local! {
    static CURRENT: RefCell<Option<Arc<Panics>>> = const { RefCell::new(None) };
}

/// The panics of one run, in order.
#[derive(Default)]
pub(in super::super) struct Panics {
    seen: Mutex<Vec<Panicked>>,
}

/// One panic: its message, and where it happened if the panic hook saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Panicked {
    pub(in super::super) message: String,
    pub(in super::super) location: Option<String>,
}

impl Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.location {
            Some(location) => write!(f, "\npanicked at {location}"),
            None => Ok(()),
        }
    }
}

impl Panics {
    /// Has the panics of this thread recorded here until the returned value is dropped.
    pub(in super::super) fn enter(self: &Arc<Self>) -> Entered<Arc<Self>> {
        current::enter(&CURRENT, Arc::clone(self))
    }

    /// Has the panics of this thread recorded here for as long as the thread lives.
    pub(in super::super) fn enter_for_good(self: &Arc<Self>) {
        CURRENT.set(Some(Arc::clone(self)));
    }

    /// Records what a `catch_unwind` brought, unless the panic hook has done so already.
    ///
    /// The hook misses it only if somebody has set another one meanwhile.
    pub(in super::super) fn caught(&self, payload: &(dyn Any + Send)) {
        let mut seen = self.lock();
        if seen.is_empty() {
            seen.push(Panicked {
                message: message(payload),
                location: None,
            });
        }
    }

    pub(in super::super) fn take(&self) -> Vec<Panicked> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Panicked>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the recording hook before the current one, once a process.
pub(in super::super) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let former = panic::take_hook();
        panic::set_hook(Box::new(move |info| match current::read(&CURRENT) {
            Some(panics) => record(&panics, info),
            None => former(info),
        }));
    });
}

fn record(panics: &Panics, info: &PanicHookInfo<'_>) {
    panics.lock().push(Panicked {
        message: message(info.payload()),
        location: info.location().map(ToString::to_string),
    });
}

fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(message) = payload.downcast_ref::<&str>() {
        (*message).to_owned()
    } else if let Some(message) = payload.downcast_ref::<String>() {
        message.clone()
    } else {
        "a value that is not a message".to_owned()
    }
}
