//! Openings that are cut off: guarded before they begin, or finished by a task.
#![cfg(feature = "tokio")]

mod common;

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use async_drop_utils::{AsyncDropGuard, CleanupTracker, DrainReport};
use common::{
    Log, Probe, ProbeError, cancel_at_first_await, current_thread, on_both_flavours, panic_message,
    reports_of,
};
use futures_util::FutureExt;
use tokio::sync::oneshot;
use tokio::task::yield_now;

async fn drain(tracker: &CleanupTracker) -> DrainReport {
    tracker.drain(Duration::from_secs(60)).await
}

async fn cut_off_in<F: Future>(tracker: &CleanupTracker, opening: F) {
    tracker
        .scope(async { cancel_at_first_await(opening) })
        .await;
}

#[test]
fn init_hands_the_guard_out_when_the_value_is_open() {
    on_both_flavours(async || {
        let log = Log::new();
        let opened = AsyncDropGuard::init(log.probe("a"), async |probe| {
            yield_now().await;
            probe.log().push("open");
            Ok::<_, ProbeError>(())
        });
        let mut guard = opened.await.unwrap();
        assert_eq!(log.entries(), ["open"]);
        guard.async_drop().await.unwrap();
        assert_eq!(log.entries(), ["open", "cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn init_that_fails_cleans_up_and_returns_the_error_of_the_opening() {
    let ((), reported) = reports_of(async || {
        let log = Log::new();
        let opened = AsyncDropGuard::init(log.probe("a").failing(), async |_| {
            Err(ProbeError("refused"))
        });
        assert_eq!(opened.await.unwrap_err(), ProbeError("refused"));
        assert_eq!(log.count("cleaned a"), 1);
    });
    assert_eq!(reported.len(), 1);
    reported[0].assert_cleanup_failed::<Probe>(ProbeError("a"), file!());
}

#[test]
fn init_that_is_cut_off_hands_the_value_over_at_every_await() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let open = async |_: &mut Probe| pending::<Result<(), ProbeError>>().await;
        cut_off_in(&tracker, AsyncDropGuard::init(log.probe("opening"), open)).await;
        let refuse = async |_: &mut Probe| Err(ProbeError("refused"));
        let closing = log.probe("closing").yielding(1);
        cut_off_in(&tracker, AsyncDropGuard::init(closing, refuse)).await;
        tracker
            .scope(async { drop(AsyncDropGuard::init(log.probe("unpolled"), open)) })
            .await;
        let report = drain(&tracker).await;
        assert!(report.is_clean() && report.finished.len() == 3, "{report}");
        for name in ["opening", "closing", "unpolled"] {
            assert_eq!(log.count(&format!("cleanup {name}")), 1);
            assert_eq!(log.count(&format!("cleaned {name}")), 1);
        }
    });
}

#[test]
fn acquire_gives_what_the_constructor_gives_and_makes_it_cancel_safe() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let plain = log.guard("a");
        let acquired = AsyncDropGuard::acquire(async {
            yield_now().await;
            Ok::<_, ProbeError>(plain)
        });
        let guard = acquired.await.unwrap();
        tracker.scope(async { drop(guard) }).await;
        assert_eq!(drain(&tracker).await.finished.len(), 1);
        let refused = AsyncDropGuard::<Probe>::acquire(async { Err(ProbeError("refused")) });
        assert_eq!(refused.await.unwrap_err(), ProbeError("refused"));
    });
}

#[test]
fn acquire_that_is_cut_off_finishes_the_opening_and_cleans_up_what_it_made() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let (reply, replied) = oneshot::channel();
        let plain = log.guard("a");
        let opening = AsyncDropGuard::acquire(async {
            replied.await.unwrap();
            Ok::<_, ProbeError>(plain)
        });
        let line = line!() - 4;
        cut_off_in(&tracker, opening).await;
        assert_eq!(tracker.outstanding(), 1);
        reply.send(()).unwrap();
        let report = drain(&tracker).await;
        assert!(report.is_clean() && report.finished.len() == 1, "{report}");
        assert!(report.finished[0].type_name().ends_with("Probe"));
        assert_eq!(report.finished[0].location().line(), line);
        assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn acquire_that_fails_after_its_caller_is_gone_reports_and_leaves_drain_clean() {
    let ((), reported) = reports_of(async || {
        let tracker = CleanupTracker::new();
        let opening = AsyncDropGuard::<Probe>::acquire(async {
            yield_now().await;
            Err(ProbeError("refused"))
        });
        cut_off_in(&tracker, opening).await;
        assert!(drain(&tracker).await.is_clean());
    });
    let failed: Vec<_> = reported
        .iter()
        .filter(|r| r.message == "constructor failed")
        .collect();
    assert_eq!(failed.len(), 1, "{reported:?}");
    assert_eq!(failed[0].field("error"), r#"ProbeError("refused")"#);
}

#[test]
fn acquire_that_was_never_polled_begins_nothing() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let begun = log.clone();
        let opening = AsyncDropGuard::<Probe>::acquire(async move {
            begun.push("begun");
            Err(ProbeError("refused"))
        });
        tracker.scope(async { drop(opening) }).await;
        assert_eq!(tracker.outstanding(), 0);
        assert_eq!(log.entries(), [""; 0]);
    });
}

#[test]
fn constructor_that_panics_is_neither_polled_again_nor_handed_over() {
    on_both_flavours(async || {
        let tracker = CleanupTracker::new();
        let opening = AsyncDropGuard::<Probe>::acquire(async {
            if true {
                panic!("no constructor");
            }
            Err(ProbeError("refused"))
        });
        let ended = tracker
            .scope(AssertUnwindSafe(opening).catch_unwind())
            .await;
        assert!(ended.is_err());
        assert_eq!(tracker.outstanding(), 0);
    });
}

#[test]
fn opening_that_nobody_can_finish_counts_as_forgotten() {
    let runtime = current_thread();
    let mut opening = Box::pin(AsyncDropGuard::<Probe>::acquire(pending::<
        Result<_, ProbeError>,
    >()));
    runtime.block_on(async {
        assert!(futures_util::poll!(&mut opening).is_pending());
    });
    let words = panic_message(|| drop(opening));
    let expected =
        "Forgot to call async_drop on <an opening that was cut off: opening::common::Probe>";
    assert!(words.starts_with(expected), "{words}");
}
