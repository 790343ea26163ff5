use async_drop_utils::testing::{Explorer, InjectedFault, Leak, Ledger, fallible};
use tokio::task::yield_now;

use crate::connection::Connection;

use crate::says;

fn first_line(leak: &Leak) -> String {
    leak.to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn bug() {
    panic!("a bug");
}

#[test]
fn a_panic_is_found_and_the_fault_named() {
    let leak = Explorer::new()
        .failures(async || {
            let entry = Ledger::current().open("connection");
            fallible("fetch").await.expect("no fetch");
            entry.close();
        })
        .unwrap_err();
    let text = leak.to_string();
    let lines: Vec<_> = text.lines().collect();
    let [first, place, open] = lines[..] else {
        panic!("{text}");
    };
    assert_eq!(
        first,
        "panics when fetch #1 fails: no fetch: InjectedFault { id: fetch #1 }"
    );
    assert!(
        place.starts_with("panicked at crates/utils/tests/testing/panics.rs:"),
        "{place}"
    );
    assert_eq!(open, "still open: connection #1");
    assert_eq!(
        leak.panics().collect::<Vec<_>>(),
        ["no fetch: InjectedFault { id: fetch #1 }"]
    );
}

#[test]
fn a_panic_without_any_fault_is_found() {
    let leak = Explorer::new().failures(async || bug()).unwrap_err();
    assert_eq!(first_line(&leak), "panics when nothing fails: a bug");
}

#[test]
fn a_panic_before_the_scenarios_future_exists_is_found() {
    fn no_future() -> std::future::Ready<()> {
        panic!("a bug")
    }
    let leak = Explorer::new().failures(no_future).unwrap_err();
    assert_eq!(first_line(&leak), "panics when nothing fails: a bug");
}

#[test]
fn a_panic_that_no_hook_sees_is_found() {
    fn goes_on() {
        std::panic::resume_unwind(Box::new("a bug"));
    }
    let leak = Explorer::new().failures(async || goes_on()).unwrap_err();
    assert_eq!(first_line(&leak), "panics when nothing fails: a bug");
}

#[test]
fn a_panic_in_a_spawned_task_is_found() {
    let leak = Explorer::new()
        .failures(async || {
            tokio::spawn(async {
                if let Err(fault) = fallible("fetch").await {
                    panic!("{fault}");
                }
            });
        })
        .unwrap_err();
    assert_eq!(
        first_line(&leak),
        "panics when fetch #1 fails: fetch #1 failed (injected)"
    );
}

#[test]
fn a_panic_in_a_blocking_thread_is_found() {
    let leak = Explorer::new()
        .failures(async || {
            tokio::task::spawn_blocking(|| panic!("a bug")).await.ok();
        })
        .unwrap_err();
    assert_eq!(first_line(&leak), "panics when nothing fails: a bug");
}

#[test]
fn a_panic_in_a_destructor_of_the_cancelled_future_is_found() {
    struct PanicsInDrop;
    impl Drop for PanicsInDrop {
        fn drop(&mut self) {
            panic!("a bug in drop");
        }
    }
    let leak = Explorer::new()
        .cancellations(async || {
            let value = PanicsInDrop;
            yield_now().await;
            std::mem::forget(value);
        })
        .unwrap_err();
    assert_eq!(
        first_line(&leak),
        "panics when cancelled at await #1: a bug in drop"
    );
}

#[test]
fn a_guard_that_a_panic_drops_is_no_second_panic() {
    let leak = Explorer::new()
        .failures(async || {
            let mut connection = Connection::open();
            if connection.fetch().await.is_err() {
                panic!("a bug");
            }
            connection.async_drop().await
        })
        .unwrap_err();
    assert_eq!(leak.panics().collect::<Vec<_>>(), ["a bug"]);
}

#[test]
fn all_panics_of_a_run_are_listed() {
    let leak = Explorer::new()
        .failures(async || {
            let task = tokio::spawn(async { panic!("first") });
            task.await.ok();
            bug();
        })
        .unwrap_err();
    assert_eq!(leak.panics().collect::<Vec<_>>(), ["first", "a bug"]);
    says(&leak, "\npanic: a bug\npanicked at ");
}

#[test]
fn a_panic_with_a_payload_of_another_type_is_found() {
    let leak = Explorer::new()
        .failures(async || drop(std::panic::catch_unwind(|| std::panic::panic_any(7))))
        .unwrap_err();
    assert_eq!(
        first_line(&leak),
        "panics when nothing fails: a value that is not a message"
    );
}

#[test]
fn panics_of_other_threads_go_to_the_former_hook() {
    // A thread of the scenario's own is no part of the run: its panic is the business of whoever joins it.
    Explorer::new()
        .failures(async || {
            let joined = std::thread::spawn(|| std::panic::panic_any("elsewhere")).join();
            assert!(joined.is_err());
            Ok::<(), InjectedFault>(())
        })
        .unwrap();
}
