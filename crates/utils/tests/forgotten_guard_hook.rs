//! The process-wide hook; a test binary of its own, because the hook is the process's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_drop_utils::{AsyncDropGuard, set_forgotten_guard_hook, take_forgotten_guard_hook};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

fn forget() -> Result<(), String> {
    catch_unwind(|| drop(AsyncDropGuard::new("left")))
        .map_err(|panic| panic.downcast_ref::<String>().unwrap().clone())
}

#[test]
fn hook_replaces_the_panic_and_sees_value_type_and_place() {
    let _alone = alone();
    let seen = Arc::new(Mutex::new(Vec::new()));
    set_forgotten_guard_hook(Box::new({
        let seen = Arc::clone(&seen);
        move |forgotten| {
            seen.lock().unwrap().push((
                format!("{:?}", forgotten.value()),
                forgotten.type_name(),
                forgotten.location().file(),
                forgotten.to_string(),
            ));
        }
    }));
    let outcome = forget();
    drop(take_forgotten_guard_hook());
    assert_eq!(outcome, Ok(()));
    let seen = seen.lock().unwrap();
    let [(value, type_name, file, words)] = &seen[..] else {
        panic!("{seen:?}");
    };
    assert_eq!((value.as_str(), *type_name), ("\"left\"", "&str"));
    assert!(file.ends_with("forgotten_guard_hook.rs"), "{file}");
    assert!(words.starts_with("Forgot to call async_drop on \"left\" (type &str, guard made at "));
}

#[test]
fn taking_the_hook_brings_the_panic_back() {
    let _alone = alone();
    set_forgotten_guard_hook(Box::new(|_| {}));
    drop(take_forgotten_guard_hook());
    let words = forget().unwrap_err();
    assert!(
        words.starts_with("Forgot to call async_drop on \"left\""),
        "{words}"
    );
}

#[test]
fn default_hook_can_be_wrapped() {
    let _alone = alone();
    let default = take_forgotten_guard_hook();
    let calls = Arc::new(Mutex::new(0));
    set_forgotten_guard_hook(Box::new({
        let calls = Arc::clone(&calls);
        move |forgotten| {
            *calls.lock().unwrap() += 1;
            default(forgotten);
        }
    }));
    let outcome = forget();
    drop(take_forgotten_guard_hook());
    assert!(outcome.is_err());
    assert_eq!(*calls.lock().unwrap(), 1);
}

#[test]
fn hook_may_replace_the_hook() {
    let _alone = alone();
    set_forgotten_guard_hook(Box::new(|_| {
        drop(take_forgotten_guard_hook());
    }));
    assert_eq!(forget(), Ok(()));
    assert!(forget().is_err());
}

#[test]
fn hook_is_not_called_while_the_thread_panics() {
    let _alone = alone();
    let calls = Arc::new(Mutex::new(0));
    set_forgotten_guard_hook(Box::new({
        let calls = Arc::clone(&calls);
        move |_| *calls.lock().unwrap() += 1
    }));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _guard = AsyncDropGuard::new("left");
        panic!("a bug");
    }));
    drop(take_forgotten_guard_hook());
    assert!(panicked.is_err());
    assert_eq!(*calls.lock().unwrap(), 0);
}
