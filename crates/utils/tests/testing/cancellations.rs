use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use async_drop_utils::testing::{Entry, Explorer, Ledger, fallible};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, drain};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use crate::connection::Connection;

use crate::begins;

#[test]
fn a_leak_at_a_cancellation_is_found_and_the_await_named() {
    let leak = Explorer::new()
        .cancellations(async || {
            yield_now().await;
            let entry = Ledger::current().open("connection");
            yield_now().await;
            entry.close();
            yield_now().await;
        })
        .unwrap_err();
    assert_eq!(
        leak.to_string(),
        "leaks when cancelled at await #2\nstill open: connection #1"
    );
    assert_eq!(leak.cancelled_at(), Some(2));
    assert_eq!(leak.fault(), None);
}

#[test]
fn a_plain_guard_is_forgotten_when_its_holder_is_cancelled() {
    let leak = Explorer::new()
        .cancellations(async || {
            let mut connection = Connection::open();
            let fetched = connection.fetch().await;
            fetched.and(connection.async_drop().await)
        })
        .unwrap_err();
    let text = leak.to_string();
    assert!(
        text.starts_with(
            "leaks when cancelled at await #1\nstill open: connection #1\nforgotten: "
        ),
        "{text}"
    );
}

#[test]
fn a_cancel_safe_guard_is_cleaned_up_after_the_cancellation() {
    let report = Explorer::new()
        .cancellations(async || {
            let mut connection = Connection::open().cancel_safe();
            let fetched = connection.fetch().await;
            fetched.and(connection.async_drop().await)
        })
        .unwrap();
    assert_eq!(report.cancellations(), 2);
    assert_eq!(report.faults(), 0);
    assert_eq!(report.hours(), 2);
    // Each round ends with a run in which there is no such await any more.
    assert_eq!(report.runs(), 1 + 3 + 3 + 3);
    assert_eq!(
        report.to_string(),
        "survives 0 faults and 2 cancellations, 2 hours that passed"
    );
}

#[test]
fn a_leak_without_any_cancellation_is_found_first() {
    let leak = Explorer::new()
        .cancellations(async || {
            drop(Ledger::current().open("connection"));
            yield_now().await;
        })
        .unwrap_err();
    begins(&leak, "leaks when nothing fails\n");
}

#[test]
fn each_pending_poll_is_a_point_of_cancellation() {
    let report = Explorer::new()
        .cancellations(async || {
            tokio::join!(
                async {
                    yield_now().await;
                    yield_now().await;
                },
                yield_now(),
            );
            sleep(Duration::from_secs(60)).await;
        })
        .unwrap();
    assert_eq!(
        report.cancellations(),
        3,
        "two of the join, one of the sleep"
    );
}

#[test]
fn an_await_that_is_ready_at_once_is_cut_off_where_it_awaits_a_fallible() {
    let scenario = async |waits: bool| {
        let connection = Connection::open();
        let (send, received) = oneshot::channel();
        send.send(()).unwrap();
        if waits {
            fallible("receive").await.unwrap_or_default();
        }
        received.await.unwrap(); // between a guard and its scope
        let mut connection = connection.cancel_safe();
        let fetched = connection.fetch().await;
        fetched.and(connection.async_drop().await)
    };
    let report = Explorer::new().all(async || scenario(false).await);
    assert!(report.unwrap().cancellations() > 0);
    let leak = Explorer::new().all(async || scenario(true).await);
    let text = leak.unwrap_err().to_string();
    assert!(
        text.starts_with("leaks when cancelled at await #1\n"),
        "{text}"
    );
}

#[test]
fn what_is_on_its_way_to_a_cancelled_future_is_lost_with_it() {
    let leak = Explorer::new()
        .cancellations(async || {
            let (sender, receiver) = oneshot::channel();
            tokio::spawn(async move {
                let unwanted = sender.send(Ledger::current().open("connection"));
                if let Err(entry) = unwanted {
                    entry.close();
                }
            });
            if let Ok(entry) = receiver.await {
                entry.close();
            }
        })
        .unwrap_err();
    assert_eq!(
        leak.to_string(),
        "leaks when cancelled at await #1 just before it resumes\nstill open: connection #1"
    );
    assert_eq!(leak.cancelled_at(), Some(1));
}

#[test]
fn nothing_fails_while_cancellations_are_explored() {
    let failed = Cell::new(false);
    Explorer::new()
        .cancellations(async || {
            for _ in 0..3 {
                failed.set(failed.get() || fallible("fetch").await.is_err());
            }
        })
        .unwrap();
    assert!(!failed.get());
}

#[test]
fn a_scenario_that_never_waits_survives_nothing() {
    let report = Explorer::new().cancellations(async || {}).unwrap();
    assert_eq!(report.cancellations(), 0);
}

#[test]
fn both_ways_are_explored_by_all() {
    let report = Explorer::new()
        .all(async || {
            let mut connection = Connection::connect().await?.cancel_safe();
            let fetched = connection.fetch().await;
            fetched.and(connection.async_drop().await)
        })
        .unwrap();
    assert_eq!((report.faults(), report.cancellations()), (6, 3));
    assert_eq!(
        report.to_string(),
        "survives 6 faults and 3 cancellations, 3 hours that passed, 7 ends of the runtime"
    );
    let behind_drain = 1 + 3 + 3;
    assert_eq!(report.runs(), 1 + 6 + 4 + 4 + 4 + behind_drain);
}

#[test]
fn the_books_are_read_only_when_handed_over_cleanup_is_done() {
    #[derive(Debug)]
    struct Slow(Entry);

    #[async_trait::async_trait]
    impl AsyncDrop for Slow {
        type Error = Infallible;

        async fn async_drop_impl(&mut self) -> Result<(), Self::Error> {
            sleep(Duration::from_secs(100)).await;
            self.0.close();
            Ok(())
        }
    }

    Explorer::new()
        .cancellations(async || {
            let mut slow = AsyncDropGuard::new_cancel_safe(Slow(Ledger::current().open("slow")));
            yield_now().await;
            slow.async_drop().await
        })
        .unwrap();
}

#[test]
fn drain_sees_the_cleanups_of_its_own_run_only() {
    #[derive(Debug)]
    struct Stuck;

    #[async_trait::async_trait]
    impl AsyncDrop for Stuck {
        type Error = Infallible;

        async fn async_drop_impl(&mut self) -> Result<(), Infallible> {
            std::future::pending().await
        }
    }

    let elsewhere = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    elsewhere.block_on(async { drop(AsyncDropGuard::new_cancel_safe(Stuck)) });

    let drained = RefCell::new(Vec::new());
    Explorer::new()
        .failures(async || {
            let cancelled = async {
                let _connection = Connection::open().cancel_safe();
                pending::<()>().await;
            };
            let _ = timeout(Duration::from_secs(1), cancelled).await;
            let report = drain(Duration::from_secs(1)).await;
            let ended = report.finished.len() + report.failed.len();
            drained
                .borrow_mut()
                .push((ended, report.still_running.len()));
        })
        .unwrap();
    // In the last, the cleanup never answers while `drain` waits for it.
    assert_eq!(drained.take(), [(1, 0), (1, 0), (0, 1)]);
}
