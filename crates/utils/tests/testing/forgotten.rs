use async_drop_utils::AsyncDropGuard;
use async_drop_utils::testing::{Explorer, Ledger};
use tokio::task::yield_now;

use crate::begins;

#[test]
fn a_forgotten_guard_does_not_panic_but_is_entered_in_the_books() {
    let leak = Explorer::new()
        .failures(async || {
            drop(AsyncDropGuard::new("one"));
            drop(AsyncDropGuard::new("two"));
        })
        .unwrap_err();
    let text = leak.to_string();
    assert!(
        text.starts_with("leaks when nothing fails\nforgotten: \"one\" (type &str, guard made at ")
    );
    let [one, two] = leak.imbalance().forgotten() else {
        panic!("{text}");
    };
    assert!(one.contains("tests/testing/forgotten.rs:"), "{one}");
    assert!(two.starts_with("\"two\""), "{two}");
    assert_eq!(leak.panics().count(), 0);
}

#[test]
fn a_guard_that_a_spawned_task_forgets_is_found() {
    let leak = Explorer::new()
        .failures(async || {
            tokio::spawn(async {
                yield_now().await;
                drop(AsyncDropGuard::new("left"));
            });
        })
        .unwrap_err();
    begins(&leak, "leaks when nothing fails\nforgotten: \"left\"");
}

#[test]
fn a_guard_that_a_blocking_thread_forgets_is_found() {
    let leak = Explorer::new()
        .failures(async || {
            // Nobody waits for it but the explorer.
            drop(tokio::task::spawn_blocking(|| {
                std::thread::sleep(std::time::Duration::from_millis(20));
                drop(AsyncDropGuard::new("left"));
            }));
        })
        .unwrap_err();
    begins(&leak, "leaks when nothing fails\nforgotten: \"left\"");
}

#[test]
fn a_guard_in_a_task_that_is_aborted_with_the_runtime_is_found() {
    let leak = Explorer::new()
        .failures(async || {
            tokio::spawn(async {
                let _guard = AsyncDropGuard::new("left");
                std::future::pending::<()>().await;
            });
        })
        .unwrap_err();
    begins(&leak, "leaks when nothing fails\nforgotten: \"left\"");
}

#[test]
fn an_entered_ledger_records_forgotten_guards_of_its_thread() {
    let ledger = Ledger::new();
    {
        let _entered = ledger.enter();
        drop(AsyncDropGuard::new("left"));
    }
    assert_eq!(ledger.balance().unwrap_err().forgotten().len(), 1);
    let panicked = std::panic::catch_unwind(|| drop(AsyncDropGuard::new("left")));
    assert!(panicked.is_err(), "the ledger is no longer current");
}
