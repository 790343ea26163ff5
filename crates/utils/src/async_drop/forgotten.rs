use std::any::type_name;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use super::origin::Origin;
use super::report;

/// What happens to the value of a plain guard that is dropped armed.
pub(crate) fn forgotten<T: Debug>(value: T, origin: Origin) {
    if thread::panicking() {
        // Formatting the value runs code of the user's; a second panic out of a destructor would abort.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            report::forgotten_while_panicking(&value, origin)
        }));
        return;
    }
    panic!(
        "Forgot to call async_drop on {value:?} (type {}, guard made at {origin})",
        type_name::<T>(),
    );
}
