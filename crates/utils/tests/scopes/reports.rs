//! Reports are proportionate.

#[path = "../common/mod.rs"]
mod common;

use std::time::Duration;

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::{AsyncDropGuard, CleanupTracker, limit_inner_cleanup};
use common::{Log, Probe, ProbeError, Report, current_thread, multi_thread, reports, reports_of};
use tracing::Level;

use crate::world::{LONG, cancel};

/// What is said, above debug level, of a future that is dropped at its first await.
fn said_of(scenario: impl AsyncFn()) -> (Vec<Report>, Vec<Report>) {
    let ((), all) = reports_of(async || {
        let tracker = CleanupTracker::new();
        tracker.scope(cancel(scenario())).await;
        let report = tracker.drain(LONG).await;
        assert!(report.is_clean(), "{report}");
    });
    all.into_iter()
        .partition(|report| report.level <= Level::WARN)
}

#[test]
fn cancelled_scope_is_told_at_debug_level() {
    let log = Log::new();
    let (loud, quiet) = said_of(async || {
        let outer = log.guard("outer");
        let _: Result<(), ProbeError> = with_async_drop!(outer, {
            let inner = log.guard("inner");
            with_async_drop!(inner, { std::future::pending().await })
        });
    });
    assert!(loud.is_empty(), "{loud:?}");
    let told = quiet.iter().filter(|report| report.level == Level::DEBUG);
    assert_eq!(told.count(), 2, "{quiet:?}");
}

#[test]
fn cleanup_that_is_cut_off_is_told_at_debug_level() {
    let log = Log::new();
    let (loud, quiet) = said_of(async || {
        let slow = log.probe("slow").yielding(2).guard();
        let _: Result<(), ProbeError> = with_async_drop!(slow, { Ok(()) });
    });
    assert!(loud.is_empty(), "{loud:?}");
    assert_eq!(quiet.len(), 1, "{quiet:?}");
}

/// As the guidance says: by then it is a result like any other, in a future that is dropped.
#[test]
fn error_that_a_scope_inside_has_given_is_not_told_when_the_outer_cleanup_is_cut_off() {
    let log = Log::new();
    let (loud, _) = said_of(async || {
        let _: Result<(), ProbeError> = with_async_drop!(
            _outer = log.probe("outer").yielding(2).guard(),
            _inner = log.probe("inner").failing().guard(),
            { Ok(()) }
        );
    });
    assert_eq!(
        log.count("cleanup inner"),
        2,
        "on each runtime: {:?}",
        log.entries()
    );
    assert!(loud.is_empty(), "{loud:?}");
}

#[test]
fn lent_cancel_safe_guard_of_a_cancelled_scope_is_told_at_debug_level() {
    let log = Log::new();
    let (loud, _) = said_of(async || {
        let lent = log.guard("lent").cancel_safe();
        let _: Result<(), ProbeError> =
            async_drop_utils::with_async_drop_2!(lent, { std::future::pending().await });
    });
    assert!(loud.is_empty(), "{loud:?}");
}

#[test]
fn bare_guard_dropped_armed_stays_a_warning_also_in_a_scope() {
    let log = Log::new();
    let (loud, _) = said_of(async || {
        let _bare = log.guard("bare").cancel_safe();
        let outer = log.guard("outer");
        let _: Result<(), ProbeError> = with_async_drop!(outer, {
            let _inside = log.guard("inside").cancel_safe();
            std::future::pending().await
        });
    });
    let levels: Vec<_> = loud.iter().map(|report| report.level).collect();
    assert_eq!(levels, [Level::WARN, Level::WARN], "{loud:?}");
}

/// In a scope with a limit, `leave` has a cleanup handed over that never ends.
async fn scope_with_a_limit(log: &Log, leave: impl AsyncFnOnce(AsyncDropGuard<Probe>)) {
    let outer = log.guard("outer");
    let stuck = log.probe("stuck").stuck_once().guard();
    let _: Result<(), ProbeError> = with_async_drop!(outer, {
        limit_inner_cleanup(Duration::from_millis(10));
        leave(stuck).await;
        Ok(())
    });
}

async fn never(stuck: AsyncDropGuard<Probe>) {
    let _: Result<(), ProbeError> = with_async_drop!(stuck, { std::future::pending().await });
}

#[test]
fn scope_that_has_waited_to_its_limit_says_so_once() {
    for runtime in [current_thread(), multi_thread()] {
        let log = Log::new();
        let ((), all) = reports(|| {
            runtime.block_on(CleanupTracker::new().scope(async {
                scope_with_a_limit(&log, async |stuck| cancel(never(stuck)).await).await;
                assert_eq!(log.count("cleaned outer"), 1);
            }));
        });
        let past = "scope went on without the cleanups inside: its limit has passed";
        let said: Vec<_> = all.iter().filter(|report| report.message == past).collect();
        assert_eq!(said.len(), 1, "{all:?}");
        assert_eq!(said[0].level, Level::ERROR);
    }
}

#[test]
fn dropped_scope_that_has_waited_to_its_limit_says_so_once() {
    let ((), all) = reports_of(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let scope = scope_with_a_limit(&log, never);
        tracker.scope(cancel(scope)).await;
        while log.count("cleaned outer") == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    let past = "scope went on without the cleanups inside: its limit has passed";
    let said = all.iter().filter(|report| report.message == past);
    assert_eq!(said.count(), 1, "{all:?}");
}
