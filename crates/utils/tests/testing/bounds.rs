use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use async_drop_utils::closing;
use async_drop_utils::testing::{Explorer, InjectedFault, Ledger, fallible, fault_point};
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::{begins, says};

fn endlessly() -> bool {
    true
}

const SHORT: Duration = Duration::from_millis(50);

#[test]
fn a_loop_that_only_an_error_ends_is_bounded() {
    let found = Explorer::new()
        .failures(async || {
            while endlessly() {
                fallible("fetch").await?;
            }
            Ok::<(), InjectedFault>(())
        })
        .unwrap_err();
    assert_eq!(
        found.to_string(),
        "never ends when nothing fails: more than 10000 fallible operations (the bound is Explorer::max_runs)"
    );
}

#[test]
fn a_loop_without_an_await_that_only_an_error_ends_is_bounded() {
    let found = Explorer::new()
        .max_runs(100)
        .failures(async || while fault_point("parse").is_ok() {})
        .unwrap_err();
    says(&found, "more than 100 fallible operations");
}

#[test]
fn a_loop_that_swallows_errors_is_bounded() {
    let found = Explorer::new()
        .max_runs(100)
        .failures(async || {
            while endlessly() {
                fallible("fetch").await.ok();
            }
        })
        .unwrap_err();
    says(&found, "more than 100 fallible operations");
}

#[test]
fn a_loop_in_a_spawned_task_is_bounded() {
    let found = Explorer::new()
        .max_runs(100)
        .failures(async || {
            tokio::spawn(async { while fallible("fetch").await.is_ok() {} });
        })
        .unwrap_err();
    says(&found, "more than 100 fallible operations");
}

#[test]
fn endless_awaits_are_bounded() {
    let found = Explorer::new()
        .max_runs(100)
        .cancellations(async || {
            while endlessly() {
                yield_now().await;
            }
        })
        .unwrap_err();
    assert_eq!(
        found.to_string(),
        "never ends when nothing fails: more than 100 pending awaits (the bound is Explorer::max_runs)"
    );
}

#[test]
fn as_many_awaits_as_are_allowed_are_not_too_many() {
    let found = Explorer::new()
        .max_runs(10)
        .cancellations(async || {
            for _ in 0..10 {
                yield_now().await;
            }
        })
        .unwrap_err();
    // Each of them takes runs of its own, and these are bounded as well.
    says(&found, "more than 10 runs");
}

#[test]
fn the_number_of_runs_is_bounded() {
    let found = Explorer::new()
        .max_runs(3)
        .failures(async || {
            for _ in 0..3 {
                fallible("fetch").await.ok();
            }
        })
        .unwrap_err();
    assert_eq!(
        found.to_string(),
        "never ends when fetch #2 fails: more than 3 runs (the bound is Explorer::max_runs)"
    );
}

#[test]
fn a_scenario_that_waits_for_ever_hangs() {
    let found = Explorer::new()
        .patience(SHORT)
        .failures(async || {
            let _entry = Ledger::current().open("connection");
            if fallible("fetch").await.is_err() {
                std::future::pending::<()>().await;
            }
            _entry.close();
        })
        .unwrap_err();
    assert_eq!(
        found.to_string(),
        "hangs when fetch #1 fails: still running after 50ms (the bound is Explorer::patience)\n\
         still open: connection #1"
    );
}

#[test]
fn a_scenario_that_yields_for_ever_hangs() {
    let found = Explorer::new()
        .patience(SHORT)
        .failures(async || {
            while endlessly() {
                yield_now().await;
            }
        })
        .unwrap_err();
    begins(&found, "hangs when nothing fails: ");
}

#[test]
fn a_task_that_yields_for_ever_hangs() {
    let found = Explorer::new()
        .patience(SHORT)
        .failures(async || {
            tokio::spawn(async {
                loop {
                    yield_now().await;
                }
            });
        })
        .unwrap_err();
    begins(&found, "hangs when nothing fails: ");
}

#[test]
fn a_hang_after_a_cancellation_names_the_await() {
    struct SpawnsInDrop;
    impl Drop for SpawnsInDrop {
        fn drop(&mut self) {
            tokio::spawn(async {
                while endlessly() {
                    yield_now().await;
                }
            });
        }
    }
    let found = Explorer::new()
        .patience(SHORT)
        .cancellations(async || {
            yield_now().await;
            let value = SpawnsInDrop;
            yield_now().await;
            std::mem::forget(value);
        })
        .unwrap_err();
    begins(&found, "hangs when cancelled at await #2: ");
}

#[test]
fn a_blocking_thread_that_never_ends_hangs() {
    let (keep, kept) = std::sync::mpsc::channel::<()>();
    let kept = std::sync::Mutex::new(Some(kept));
    let found = Explorer::new()
        .patience(SHORT)
        .failures(async || {
            let kept = kept.lock().unwrap().take();
            drop(tokio::task::spawn_blocking(move || {
                kept.map(|kept| kept.recv())
            }));
        })
        .unwrap_err();
    drop(keep);
    begins(&found, "hangs when nothing fails: ");
}

#[test]
fn what_time_alone_cuts_short_may_be_closed_behind_the_return() {
    let within = async |deadline| {
        let entry = Ledger::current().open("connection");
        let mut connection = closing(entry, async |entry| {
            fallible("say goodbye").await.ok();
            fallible("close").await.ok();
            entry.close();
            Ok::<_, InjectedFault>(())
        });
        // Dropped armed when that has passed.
        timeout(deadline, connection.async_drop()).await.ok();
    };
    let explorer = Explorer::new().balanced_on_return();
    let report = explorer
        .all(async || within(Duration::from_secs(60)).await)
        .unwrap();
    assert!(report.hours() > 0, "{report}");
    let found = explorer
        .all(async || within(Duration::ZERO).await)
        .unwrap_err();
    says(&found, "when nothing fails");
}

#[test]
fn inside_a_runtime_the_explorer_says_where_to_call_it() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let panic = runtime.block_on(async {
        catch_unwind(AssertUnwindSafe(|| Explorer::new().all(async || {}))).unwrap_err()
    });
    let message = panic.downcast_ref::<&str>().unwrap();
    assert!(
        message.ends_with("call it from a plain #[test] function"),
        "{message}"
    );
}
