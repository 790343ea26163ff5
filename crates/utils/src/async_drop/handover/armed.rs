use std::cell::Cell;
use std::fmt::{self, Display};
use std::panic::Location;
#[cfg(feature = "testing")]
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::task::CleanupTask;
use super::watch::{Count, Watch};

/// Says which cancel-safe guards are armed right now, by type and by the place where they were made.
///
/// For a program that runs: what is held, and why a pool is never empty. [`drain`](crate::drain) waits for these guards. A value in a
/// [`with_async_drop!`](crate::with_async_drop!) counts until its cleanup has ended or has gone to a task. Plain guards do not count: a
/// cancellation that drops one calls the forgotten-guard hook. The most numerous come first.
///
/// # Example
///
/// ```standalone_crate
/// use async_drop_utils::{AsyncDropGuard, armed_guards};
/// # use async_drop_utils::AsyncDrop;
/// # #[derive(Debug)]
/// # struct Connection;
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Connection {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut pool = [(); 3].map(|()| AsyncDropGuard::new_cancel_safe(Connection));
/// pool[0].async_drop().await?;
/// let [held] = armed_guards()[..] else { panic!("one type, made in one place") };
/// assert_eq!(held.count(), 2);
/// println!("{held}"); // 2 armed: app::Connection (guard made at src/main.rs:12:36)
/// # for connection in &mut pool { connection.async_drop().await?; }
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[must_use]
pub fn armed_guards() -> Vec<ArmedGuards> {
    let mut guards = match of_this_run() {
        Some(run) => run.armed(),
        None => armed_in_process(),
    };
    guards.sort_by_key(|guards| std::cmp::Reverse(guards.count));
    guards
}

/// How many cancel-safe guards of one type, made in one place, are armed; [`armed_guards`] gives them.
#[derive(Clone, Copy, Debug)]
pub struct ArmedGuards {
    guards: CleanupTask,
    count: usize,
}

impl ArmedGuards {
    /// The type of their values, as [`std::any::type_name`] spells it.
    pub fn type_name(&self) -> &'static str {
        self.guards.type_name()
    }

    /// Where the guards were made.
    pub fn location(&self) -> &'static Location<'static> {
        self.guards.location()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }
}

impl Display for ArmedGuards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} armed: {}", self.count, self.guards)
    }
}

/// The guards of one type that were made in one place. One for each place in the program, so that none is ever given back.
struct Slot {
    guards: CleanupTask,
    armed: Count,
}

static SLOTS: Mutex<Vec<&'static Slot>> = Mutex::new(Vec::new());

/// A slot that a thread has found, under the addresses of the place and of the name that it was asked for.
#[derive(Clone, Copy)]
struct Found {
    guards: CleanupTask,
    slot: &'static Slot,
}

const CACHED: usize = 64;

thread_local! {
    // Without a destructor, so that a look costs a few loads; two places that share an entry take turns.
    static CACHE: [Cell<Option<Found>>; CACHED] = const { [const { Cell::new(None) }; CACHED] };
}

impl Found {
    #[inline]
    fn is_under(&self, guards: &CleanupTask) -> bool {
        std::ptr::eq(self.guards.location(), guards.location())
            && std::ptr::eq(self.guards.type_name(), guards.type_name())
    }
}

#[inline]
fn slot(guards: &CleanupTask) -> &'static Slot {
    let place = std::ptr::from_ref(guards.location()).addr();
    let name = guards.type_name().as_ptr().addr();
    // Locations are words; the type matters where one generic function makes guards of several.
    let entry = (place / size_of::<usize>()) ^ name;
    CACHE.with(|cache| {
        let entry = &cache[entry % CACHED];
        match entry.get() {
            Some(found) if found.is_under(guards) => found.slot,
            _ => find(entry, *guards),
        }
    })
}

#[cold]
#[inline(never)]
fn find(entry: &Cell<Option<Found>>, guards: CleanupTask) -> &'static Slot {
    let slot = find_or_make(&guards);
    entry.set(Some(Found { guards, slot }));
    slot
}

fn find_or_make(guards: &CleanupTask) -> &'static Slot {
    let mut slots = slots();
    if let Some(slot) = slots.iter().find(|slot| slot.guards.is_like(guards)) {
        return slot;
    }
    let slot = Box::leak(Box::new(Slot {
        guards: *guards,
        armed: Count(AtomicUsize::new(0)),
    }));
    slots.push(slot);
    slot
}

fn slots() -> MutexGuard<'static, Vec<&'static Slot>> {
    SLOTS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn armed_in_process() -> Vec<ArmedGuards> {
    let slots = slots();
    let all = slots.iter().map(|slot| ArmedGuards {
        guards: slot.guards,
        count: slot.armed.get(),
    });
    all.filter(|guards| guards.count > 0).collect()
}

fn is_any_armed() -> bool {
    match of_this_run() {
        Some(run) => !run.armed().is_empty(),
        None => slots().iter().any(|slot| slot.armed.get() > 0),
    }
}

/// Counts a guard that has become armed.
#[inline]
pub(super) fn arm(guards: &CleanupTask) {
    match of_this_run() {
        Some(run) => run.change(guards, 1),
        None => slot(guards).armed.arm(),
    }
}

/// Counts a guard that is armed no longer.
#[inline]
pub(super) fn disarm(guards: &CleanupTask) {
    WATCH.disarm(|| match of_this_run() {
        Some(run) => run.change(guards, -1),
        None => slot(guards).armed.disarm(),
    });
}

static WATCH: Watch = Watch {
    drains: AtomicUsize::new(0),
    disarmed: Notify::const_new(),
};

/// Waits until no guard is armed.
pub(super) async fn none_is_armed() {
    WATCH.until_none_is_armed(is_any_armed).await;
}

/// The guards of a run of the explorer, which is a process of its own.
#[derive(Default)]
pub(crate) struct ArmedInRun(Mutex<Vec<(CleanupTask, isize)>>);

impl ArmedInRun {
    fn counts(&self) -> MutexGuard<'_, Vec<(CleanupTask, isize)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, guards: &CleanupTask, by: isize) {
        let mut counts = self.counts();
        match counts.iter_mut().find(|(other, _)| other.is_like(guards)) {
            Some((_, count)) => *count += by,
            None => counts.push((*guards, by)),
        }
    }

    fn armed(&self) -> Vec<ArmedGuards> {
        let armed = |(guards, count): &(CleanupTask, isize)| {
            // Below zero, a guard from outside of the run has ended in it.
            let count = usize::try_from(*count).ok().filter(|count| *count > 0)?;
            Some(ArmedGuards {
                guards: *guards,
                count,
            })
        };
        self.counts().iter().filter_map(armed).collect()
    }
}

#[cfg(feature = "testing")]
static ASKED_FIRST: OnceLock<fn() -> Option<Arc<ArmedInRun>>> = OnceLock::new();

/// Has `run` asked, on each thread, for the books that count in place of the process's.
#[cfg(feature = "testing")]
pub(crate) fn ask_first_for_armed(run: fn() -> Option<Arc<ArmedInRun>>) {
    ASKED_FIRST.get_or_init(|| run);
}

#[inline]
fn of_this_run() -> Option<Arc<ArmedInRun>> {
    #[cfg(feature = "testing")]
    if let Some(run) = ASKED_FIRST.get() {
        return run();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::super::guard::Origin;
    use super::*;

    /// An optimised program keeps the name of one type wherever it is used.
    #[test]
    fn a_guard_is_disarmed_under_another_copy_of_its_types_name() {
        let origin = Origin::caller();
        let guards = || CleanupTask::new(String::from("app::Connection").leak(), origin);
        arm(&guards());
        assert_eq!(armed_in_process().len(), 1);
        disarm(&guards());
        assert!(!is_any_armed());
        assert!(armed_in_process().is_empty());
    }
}
