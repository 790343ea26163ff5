use std::any::type_name;
use std::fmt::{self, Debug, Display};
use std::panic::Location;
#[cfg(feature = "testing")]
use std::sync::OnceLock;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;

use super::origin::Origin;
use super::report;
use super::words::{contained, showable};

/// A guard that was dropped armed, as the forgotten-guard hook sees it.
///
/// Its `Display` is the message of the default panic: the value, its type, and where the guard was made.
///
/// # Example
///
/// ```standalone_crate
/// use async_drop_utils::{AsyncDropGuard, set_forgotten_guard_hook, take_forgotten_guard_hook};
///
/// set_forgotten_guard_hook(Box::new(|forgotten| {
///     eprintln!("{} at {}", forgotten.type_name(), forgotten.location());
/// }));
/// drop(AsyncDropGuard::new("no panic")); // printed, not panicked
/// drop(take_forgotten_guard_hook());
/// ```
pub struct ForgottenGuard<'a> {
    value: &'a dyn Debug,
    type_name: &'static str,
    origin: Origin,
}

impl ForgottenGuard<'_> {
    /// The value that was not cleaned up. It is dropped when the hook returns.
    ///
    /// In place of a value whose `Debug` panics stands one that says so.
    pub fn value(&self) -> &dyn Debug {
        self.value
    }

    /// The value's type, as [`std::any::type_name`] spells it.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Where the guard was made.
    pub fn location(&self) -> &'static Location<'static> {
        self.origin.location()
    }
}

impl Display for ForgottenGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Forgot to call async_drop on {:?} (type {}, guard made at {})",
            self.value, self.type_name, self.origin
        )
    }
}

impl Debug for ForgottenGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForgottenGuard")
            .field("value", &self.value)
            .field("type_name", &self.type_name)
            .field("location", &self.location())
            .finish()
    }
}

type Hook = dyn Fn(&ForgottenGuard<'_>) + Send + Sync;

static HOOK: RwLock<Option<Arc<Hook>>> = RwLock::new(None);

/// A thread that keeps books records on its own: the process-wide hook would make tests race.
#[cfg(feature = "testing")]
static ASKED_FIRST: OnceLock<fn(&ForgottenGuard<'_>) -> bool> = OnceLock::new();

/// Has `record` asked, before the hook, whether it has taken note of a forgotten guard.
#[cfg(feature = "testing")]
pub(crate) fn ask_first_of_forgotten(record: fn(&ForgottenGuard<'_>) -> bool) {
    ASKED_FIRST.get_or_init(|| record);
}

/// Replaces what happens, process-wide, when an armed plain guard is dropped.
///
/// The default panics with the [`ForgottenGuard`]'s `Display`. A service that must not go down over a leak logs instead; a test
/// records. The hook runs in the guard's `drop`, on the thread that drops it, and must not block. It is not called while that
/// thread is panicking: then the loss is reported (a `tracing` event at error level, target `async_drop`).
///
/// # Panics
///
/// Never. If the hook itself panics, the panic leaves the guard's `drop`.
///
/// # Example
///
/// See [`ForgottenGuard`].
pub fn set_forgotten_guard_hook(hook: Box<dyn Fn(&ForgottenGuard<'_>) + Send + Sync>) {
    *HOOK.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::from(hook));
}

/// Puts the default hook, the panic, back in place and returns the one that was set.
///
/// Returns the default hook when none was set, so that a caller can wrap whatever was there.
///
/// # Example
///
/// ```standalone_crate
/// use async_drop_utils::{set_forgotten_guard_hook, take_forgotten_guard_hook};
///
/// let earlier = take_forgotten_guard_hook();
/// set_forgotten_guard_hook(Box::new(move |forgotten| {
///     eprintln!("leaked: {forgotten}");
///     earlier(forgotten);
/// }));
/// # drop(take_forgotten_guard_hook());
/// ```
pub fn take_forgotten_guard_hook() -> Box<dyn Fn(&ForgottenGuard<'_>) + Send + Sync> {
    match HOOK.write().unwrap_or_else(PoisonError::into_inner).take() {
        Some(hook) => Box::new(move |forgotten| hook(forgotten)),
        None => Box::new(panic_over),
    }
}

fn panic_over(forgotten: &ForgottenGuard<'_>) {
    panic!("{forgotten}");
}

/// What happens to the value of a plain guard that is dropped armed.
pub(crate) fn forgotten<T: Debug>(value: T, origin: Origin) {
    if thread::panicking() {
        report::forgotten_while_panicking(&value, origin);
        // A second panic out of a destructor would abort.
        contained(|| drop(value));
        return;
    }
    let forgotten = ForgottenGuard {
        value: showable(&value),
        type_name: type_name::<T>(),
        origin,
    };
    #[cfg(feature = "testing")]
    if ASKED_FIRST.get().is_some_and(|record| record(&forgotten)) {
        return;
    }
    // Cloned out of the lock, so that a hook may replace the hook.
    let hook = HOOK
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .as_ref()
        .map(Arc::clone);
    match hook {
        Some(hook) => hook(&forgotten),
        None => panic_over(&forgotten),
    }
}
