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

#[cfg(feature = "tokio")]
mod runtime_that_shuts_down {
    use std::future::pending;

    use async_drop_utils::async_drop::with_async_drop;
    use async_drop_utils::{AsyncDrop, AsyncDropGuard};
    use tokio::runtime::{Builder, Runtime};
    use tokio::task::yield_now;

    use super::*;

    /// Its cleanup never ends.
    #[derive(Debug)]
    struct Left(#[allow(dead_code, reason = "shown")] &'static str);

    #[async_trait::async_trait]
    impl AsyncDrop for Left {
        type Error = ();

        async fn async_drop_impl(&mut self) -> Result<(), ()> {
            pending().await
        }
    }

    /// The values that the hook is called for when a runtime is dropped on which `leave` has run, on each flavour.
    fn forgotten_by_a_runtime(leave: impl Fn(&Runtime)) -> [Vec<String>; 2] {
        let _alone = alone();
        let flavours = [Builder::new_current_thread(), Builder::new_multi_thread()];
        flavours.map(|mut builder| {
            let seen = Arc::new(Mutex::new(Vec::new()));
            set_forgotten_guard_hook(Box::new({
                let seen = Arc::clone(&seen);
                move |forgotten| {
                    seen.lock()
                        .unwrap()
                        .push(format!("{:?}", forgotten.value()))
                }
            }));
            let runtime = builder.worker_threads(1).build().unwrap();
            leave(&runtime);
            drop(runtime);
            drop(take_forgotten_guard_hook());
            let mut seen = std::mem::take(&mut *seen.lock().unwrap());
            seen.sort_unstable();
            seen
        })
    }

    #[test]
    fn calls_it_for_the_guards_of_tasks_that_it_drops() {
        let forgotten = forgotten_by_a_runtime(|runtime| {
            let (bare, scoped) = (Left("bare"), AsyncDropGuard::new(Left("scoped")));
            runtime.spawn(async {
                let _bare = AsyncDropGuard::new_cancel_safe(bare);
                let never: Result<(), ()> = with_async_drop!(scoped, { pending().await });
                never
            });
            runtime.block_on(async {
                while async_drop_utils::armed_guards().len() < 2 {
                    yield_now().await;
                }
            });
        });
        let both = [r#"Left("bare")"#, r#"Left("scoped")"#];
        assert_eq!(forgotten, [both, both]);
    }

    /// Drops a cancel-safe guard where `dropped` does that: how often the hook was called, and whether its panic went on.
    fn panicking_hook(dropped: impl FnOnce(AsyncDropGuard<Left>) + Send) -> (usize, bool) {
        let _alone = alone();
        let calls = Arc::new(Mutex::new(0));
        set_forgotten_guard_hook(Box::new({
            let calls = Arc::clone(&calls);
            move |_| {
                *calls.lock().unwrap() += 1;
                panic!("forgotten");
            }
        }));
        let guard = AsyncDropGuard::new_cancel_safe(Left("behind"));
        let outcome = catch_unwind(AssertUnwindSafe(|| dropped(guard)));
        drop(take_forgotten_guard_hook());
        let calls = *calls.lock().unwrap_or_else(PoisonError::into_inner);
        (calls, outcome.is_err())
    }

    #[test]
    fn and_its_panic_goes_no_further_though_it_does_outside_of_a_runtime() {
        assert_eq!(panicking_hook(drop), (1, true));
        for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
            let runtime = builder.build().unwrap();
            let handle = runtime.handle().clone();
            drop(runtime);
            let in_its_context = panicking_hook(|guard| {
                let _entered = handle.enter();
                drop(guard);
            });
            assert_eq!(in_its_context, (1, false));
        }
    }

    #[test]
    fn calls_it_for_the_cleanups_that_it_cuts_off_or_never_begins() {
        let forgotten = forgotten_by_a_runtime(|runtime| {
            runtime.block_on(async {
                let _queued = AsyncDropGuard::new_cancel_safe(Left("queued"));
                let _begun = AsyncDropGuard::new_cancel_safe(Left("begun"));
            });
        });
        let both = [r#"Left("begun")"#, r#"Left("queued")"#];
        assert_eq!(forgotten, [both, both]);
    }
}
