//! `with_async_drop!`: what `with_async_drop_2!` promises, and that nothing is left behind by cancellation.
#![cfg(feature = "tokio")]
#![deny(warnings, clippy::all)]

mod common;

use std::time::Duration;

use async_drop_utils::__private::clean_up_even_when_cancelled;
use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::{AsyncDrop, AsyncDropGuard, CleanupTracker, DrainReport, armed_guards};
use common::{Log, ProbeError, block_on, cancel_at_first_await, on_both_flavours, reports_of};
use tracing::Level;

#[derive(Debug, PartialEq)]
enum Error {
    Body,
    Cleanup(ProbeError),
    Mapped(&'static str),
}

impl From<ProbeError> for Error {
    fn from(error: ProbeError) -> Self {
        Self::Cleanup(error)
    }
}

async fn drained(tracker: &CleanupTracker) -> DrainReport {
    let report = tracker.drain(Duration::from_secs(60)).await;
    assert!(report.still_running.is_empty(), "{report}");
    report
}

#[test]
fn cleanup_runs_after_the_body_without_a_task() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let probe = log.guard("a");
        let result: Result<_, Error> = tracker
            .scope(async {
                with_async_drop!(probe, {
                    log.push(format_args!("body {}", probe.name));
                    Ok(7)
                })
            })
            .await;
        assert_eq!(result, Ok(7));
        assert_eq!(
            log.entries(),
            ["body a", "cleanup a", "cleaned a", "drop a"]
        );
        assert!(drained(&tracker).await.finished.is_empty());
    });
}

#[test]
fn early_exits_leave_the_body_and_not_the_function() {
    on_both_flavours(async || {
        let log = Log::new();
        let early = log.guard("return");
        let returned: Result<i32, Error> = with_async_drop!(early, {
            if log.count("never") == 0 {
                return Ok(1);
            }
            Ok(2)
        });
        let question_mark = log.guard("?");
        let failed: Result<(), Error> = with_async_drop!(question_mark, {
            Err(Error::Body)?;
            Ok(())
        });
        assert_eq!((returned, failed), (Ok(1), Err(Error::Body)));
        assert_eq!(
            (log.count("cleaned return"), log.count("cleaned ?")),
            (1, 1)
        );
    });
}

#[test]
fn bodys_error_is_returned_and_the_cleanups_reported() {
    let log = Log::new();
    let (result, reports) = reports_of(async || {
        let probe = log.probe("a").failing().guard();
        let result: Result<(), Error> = with_async_drop!(probe, { Err(Error::Body) });
        result
    });
    assert_eq!(result, Err(Error::Body));
    let [report] = &reports[..] else {
        panic!("{reports:?}");
    };
    report.assert_cleanup_failed::<common::Probe>(ProbeError("a"), file!());
}

#[test]
fn first_failed_cleanup_of_several_is_returned_mapped_and_all_run() {
    let ((result, log), reports) = reports_of(async || {
        let log = Log::new();
        let a = log.guard("a");
        let b = log.probe("b").failing().guard();
        let c = log.probe("c").failing().guard();
        let result: Result<(), Error> =
            with_async_drop!(a, b, c, { Ok(()) }, |error: ProbeError| Error::Mapped(
                error.0
            ));
        (result, log)
    });
    assert_eq!(result, Err(Error::Mapped("b")));
    assert_eq!(reports.len(), 1, "{reports:?}");
    for name in ["a", "b", "c"] {
        assert_eq!(log.count(&format!("cleaned {name}")), 1);
    }
}

#[test]
fn several_values_are_cleaned_up_concurrently() {
    on_both_flavours(async || {
        let log = Log::new();
        let a = log.probe("a").yielding(2).guard();
        let b = log.probe("b").yielding(1).guard();
        let result: Result<(), Error> = with_async_drop!(a, b, { Ok(()) });
        assert_eq!(result, Ok(()));
        let mut entries = log.entries();
        entries.retain(|entry| entry.starts_with("clean"));
        assert_eq!(
            entries,
            ["cleanup a", "cleanup b", "cleaned b", "cleaned a"]
        );
    });
}

#[test]
fn cancelled_body_hands_plain_guards_over() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let outer = log.guard("outer");
        tracker
            .scope(async {
                cancel_at_first_await(async {
                    let _: Result<(), Error> = with_async_drop!(outer, {
                        let inner = log.probe("inner").yielding(2).guard();
                        with_async_drop!(inner, { std::future::pending().await })
                    });
                })
            })
            .await;
        assert_eq!(drained(&tracker).await.finished.len(), 2);
        assert_eq!(
            log.entries(),
            [
                "cleanup inner",
                "cleaned inner",
                "drop inner",
                "cleanup outer",
                "cleaned outer",
                "drop outer"
            ]
        );
    });
}

#[test]
fn cleanup_that_is_cut_off_goes_on_and_does_not_start_again() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let probe = log.probe("a").yielding(3).guard();
        tracker
            .scope(async {
                cancel_at_first_await(async {
                    let _: Result<(), Error> = with_async_drop!(probe, { Ok(()) });
                })
            })
            .await;
        assert!(drained(&tracker).await.is_clean());
        assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn failure_of_a_cleanup_that_was_cut_off_is_reported_once() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let probe = log.probe("a").yielding(1).failing().guard();
        tracker
            .scope(async {
                cancel_at_first_await(async {
                    let _: Result<(), Error> = with_async_drop!(probe, { Ok(()) });
                })
            })
            .await;
        let report = drained(&tracker).await;
        assert_eq!(report.failed.len(), 1);
        assert_eq!(report.failed[0].error, "ProbeError(\"a\")");
        assert_eq!(report.failed[0].task.location().file(), file!());
    });
}

#[test]
fn cleanup_that_fails_in_its_scope_is_returned_and_in_no_report() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let probe = log.probe("a").failing().guard();
        let returned: Result<(), Error> = tracker
            .scope(async { with_async_drop!(probe, { Ok(()) }) })
            .await;
        assert_eq!(returned, Err(Error::Cleanup(ProbeError("a"))));
        let report = drained(&tracker).await;
        assert!(report.is_clean(), "{report}");
        let dropped = log.probe("b").failing().guard().cancel_safe();
        tracker.scope(async { drop(dropped) }).await;
        let report = drained(&tracker).await;
        assert!(!report.is_clean() && report.failed.len() == 1, "{report}");
    });
}

#[test]
fn cleanup_handed_over_is_a_warning_and_its_failure_an_error() {
    let log = Log::new();
    let ((), reports) = reports_of(async || {
        let tracker = CleanupTracker::new();
        let probe = log.probe("a").failing().guard();
        tracker.scope(async { drop(probe.cancel_safe()) }).await;
        assert_eq!(drained(&tracker).await.failed.len(), 1);
    });
    let [handed_over, failed] = &reports[..] else {
        panic!("{reports:?}");
    };
    for (report, level) in [(handed_over, Level::WARN), (failed, Level::ERROR)] {
        assert_eq!(
            (report.level, report.target.as_str()),
            (level, "async_drop")
        );
        assert!(report.field("type_name").ends_with("Probe"), "{report:?}");
        assert!(report.field("origin").starts_with(file!()), "{report:?}");
    }
    assert_eq!(failed.field("error"), "ProbeError(\"a\")");
}

#[test]
fn of_several_cleanups_that_are_cut_off_each_is_finished() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let a = log.guard("a");
        let b = log.probe("b").yielding(2).guard();
        let c = log.probe("c").yielding(2).guard();
        tracker
            .scope(async {
                cancel_at_first_await(async {
                    let _: Result<(), Error> = with_async_drop!(a, b, c, { Ok(()) });
                })
            })
            .await;
        assert_eq!(
            drained(&tracker).await.finished.len(),
            2,
            "a was done already"
        );
        for name in ["a", "b", "c"] {
            assert_eq!(log.count(&format!("cleanup {name}")), 1);
            assert_eq!(log.count(&format!("drop {name}")), 1);
        }
    });
}

#[test]
fn what_is_put_in_the_place_of_the_guard_is_the_scopes_and_what_was_there_the_bodys() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let probe = log.guard("first");
        tracker
            .scope(async {
                cancel_at_first_await(async {
                    let _: Result<(), Error> = with_async_drop!(probe, {
                        let second = log.guard("second").cancel_safe();
                        let mut first = std::mem::replace(&mut probe, second);
                        first.async_drop().await?;
                        std::future::pending().await
                    });
                })
            })
            .await;
        assert_eq!(log.count("cleaned first"), 1);
        assert_eq!(drained(&tracker).await.finished.len(), 1);
        assert_eq!(log.count("cleaned second"), 1);
    });
}

#[test]
fn plain_guard_that_is_put_in_the_place_of_the_guard_is_counted_up_as_often_as_down() {
    on_both_flavours(async || {
        let log = Log::new();
        let probe = log.guard("first");
        let (second, line) = (AsyncDropGuard::new(log.probe("second")), line!());
        let first: Result<_, Error> =
            with_async_drop!(probe, { Ok(std::mem::replace(&mut probe, second)) });
        first.unwrap().async_drop().await.unwrap();
        assert_eq!(log.count("cleaned second"), 1);
        let places = armed_guards().into_iter().map(|armed| armed.location());
        let mut here = places.filter(|place| (place.file(), place.line()) == (file!(), line));
        assert_eq!(here.next(), None, "armed though it is done");
    });
}

#[test]
fn panicking_body_hands_the_value_over() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let probe = log.guard("a");
        let task = tokio::spawn(tracker.scope(async move {
            let _: Result<(), Error> = with_async_drop!(probe, { panic!("a bug") });
        }));
        assert!(task.await.unwrap_err().is_panic());
        assert!(drained(&tracker).await.is_clean());
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn panicking_cleanup_is_not_run_again() {
    #[derive(Debug)]
    struct Breaks(Log);

    #[async_trait::async_trait]
    impl async_drop_utils::AsyncDrop for Breaks {
        type Error = ProbeError;

        async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
            self.0.push("cleanup");
            panic!("a bug");
        }
    }

    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let breaks = AsyncDropGuard::new(Breaks(log.clone()));
        let task = tokio::spawn(tracker.scope(async move {
            let _: Result<(), Error> = with_async_drop!(breaks, { Ok(()) });
        }));
        assert!(task.await.unwrap_err().is_panic());
        assert_eq!(tracker.outstanding(), 0);
        assert_eq!(log.count("cleanup"), 1);
    });
}

#[test]
fn error_type_is_inferred_where_the_function_names_it() {
    async fn body_of_a_function(log: &Log) -> Result<usize, Error> {
        let probe = log.guard("a");
        with_async_drop!(probe, { Ok(probe.name.len()) })
    }
    assert_eq!(block_on(body_of_a_function(&Log::new())), Ok(1));
}

#[test]
fn future_is_send() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let log = Log::new();
    let probe = log.guard("a");
    let result: Result<(), Error> = block_on(assert_send(async move {
        with_async_drop!(probe, {
            tokio::task::yield_now().await;
            Ok(())
        })
    }));
    assert_eq!(result, Ok(()));
}

#[test]
fn cleanup_dropped_before_its_first_poll_goes_to_a_task_and_is_counted_once() {
    #[derive(Debug)]
    struct Unpolled(Log);

    #[async_trait::async_trait]
    impl AsyncDrop for Unpolled {
        type Error = ProbeError;

        async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
            self.0.push("cleaned");
            Ok(())
        }
    }

    let armed = || {
        let mut all = armed_guards().into_iter();
        let of_type = all.find(|armed| armed.type_name().ends_with("Unpolled"));
        of_type.map_or(0, |armed| armed.count())
    };
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let guard = AsyncDropGuard::new_cancel_safe(Unpolled(log.clone()));
        let cleanup = clean_up_even_when_cancelled(guard, false);
        assert_eq!(armed(), 1);
        tracker.scope(async { drop(cleanup) }).await;
        assert_eq!(armed(), 0);
        assert_eq!(drained(&tracker).await.finished.len(), 1);
        assert_eq!(log.entries(), ["cleaned"]);
    });
}
