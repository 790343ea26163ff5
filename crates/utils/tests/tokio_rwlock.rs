//! A guarded value behind a Tokio read-write lock.
#![cfg(feature = "tokio")]

mod common;

use std::sync::Mutex;
use std::time::Duration;

use async_drop_utils::{AsyncDropArc, AsyncDropGuard, AsyncDropTokioRwLock, CleanupTracker};
use common::{
    Borrowing, Log, ProbeError, block_on, cancel_at_first_await, multi_thread, on_both_flavours,
    panic_message, reports,
};
use futures_util::FutureExt;

#[test]
fn the_lock_cleans_its_value_up() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut lock = AsyncDropTokioRwLock::new(log.probe("a").yielding(1).guard());
        assert_eq!(lock.read().await.name, "a");
        assert_eq!(lock.async_drop().await, Ok(()));
        assert!(lock.is_dropped());
        assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn a_failed_cleanup_is_returned() {
    let mut lock = AsyncDropTokioRwLock::new(Log::new().probe("a").failing().guard());
    assert_eq!(block_on(lock.async_drop()), Err(ProbeError("a")));
    assert_eq!(block_on(lock.async_drop()), Ok(()));
}

#[test]
fn readers_hold_the_lock_together_and_a_writer_alone() {
    block_on(async {
        let mut lock = AsyncDropTokioRwLock::new(Log::new().guard("a"));
        let first = lock.read().await;
        let second = lock.read().await;
        assert_eq!((first.name, second.name), ("a", "a"));
        assert!(lock.write().now_or_never().is_none());
        drop((first, second));
        let mut writer = lock.write().await;
        writer.name = "renamed";
        assert!(lock.read().now_or_never().is_none());
        drop(writer);
        assert_eq!(lock.read().await.name, "renamed");
        lock.async_drop().await.unwrap();
    });
}

#[test]
fn one_writer_at_a_time_changes_the_value_and_the_last_owner_cleans_up() {
    multi_thread().block_on(async {
        let log = Log::new();
        let mut arc = AsyncDropArc::new(AsyncDropTokioRwLock::new(log.guard("a")));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let mut owner = AsyncDropArc::clone(&arc);
            tasks.spawn(async move {
                let held = owner.write().await;
                held.log().push("begin");
                tokio::task::yield_now().await;
                held.log().push("end");
                drop(held);
                owner.async_drop().await
            });
        }
        arc.async_drop().await.unwrap();
        for result in tasks.join_all().await {
            result.unwrap();
        }
        let entries = log.entries();
        let (turns, cleanup) = entries.split_at(32);
        assert!(turns.chunks(2).all(|turn| turn == ["begin", "end"]));
        assert_eq!(cleanup, ["cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn into_inner_gives_the_values_own_guard() {
    let log = Log::new();
    let lock = AsyncDropTokioRwLock::new(log.guard("a"));
    let mut guard = AsyncDropTokioRwLock::into_inner(lock);
    assert!(log.entries().is_empty());
    block_on(guard.async_drop()).unwrap();
    assert_eq!(log.count("cleaned a"), 1);
}

#[test]
fn into_inner_after_cleanup_panics() {
    let mut lock = AsyncDropTokioRwLock::new(Log::new().guard("a"));
    block_on(lock.async_drop()).unwrap();
    assert_eq!(
        panic_message(|| AsyncDropTokioRwLock::into_inner(lock)),
        "Value already dropped"
    );
}

#[test]
fn a_value_cleaned_up_or_replaced_by_a_writer_is_not_cleaned_up_again() {
    let log = Log::new();
    block_on(async {
        let mut lock = AsyncDropTokioRwLock::new(log.probe("a").failing().guard());
        assert_eq!(lock.write().await.async_drop().await, Err(ProbeError("a")));
        assert_eq!(lock.async_drop().await, Ok(()));

        let mut lock = AsyncDropTokioRwLock::new(log.guard("b"));
        let mut former = std::mem::replace(&mut *lock.write().await, log.guard("c"));
        former.async_drop().await.unwrap();
        lock.async_drop().await.unwrap();
    });
    for name in ["a", "b", "c"] {
        assert_eq!(log.count(&format!("cleanup {name}")), 1);
    }
}

#[test]
fn cancelled_cleanup_leaves_the_guard_armed_and_the_next_call_runs_it_again() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut lock = AsyncDropTokioRwLock::new(log.probe("a").stuck_once().guard());
        cancel_at_first_await(lock.async_drop());
        assert!(!lock.is_dropped());
        assert_eq!(lock.read().await.name, "a");
        assert_eq!(lock.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn a_cancelled_writer_unlocks() {
    block_on(async {
        let mut lock = AsyncDropTokioRwLock::new(Log::new().guard("a"));
        cancel_at_first_await(async {
            let _held = lock.write().await;
            std::future::pending::<()>().await;
        });
        assert_eq!(lock.read().await.name, "a");
        lock.async_drop().await.unwrap();
    });
}

#[test]
fn a_forgotten_lock_panics_and_its_value_is_reported() {
    let log = Log::new();
    let lock = AsyncDropTokioRwLock::new(log.guard("a"));
    let line = line!() - 1;
    let (message, seen) = reports(|| panic_message(|| drop(lock)));
    assert!(
        message.starts_with(
            "Forgot to call async_drop on AsyncDropTokioRwLock(AsyncDropGuard(Probe(a)))"
        ),
        "{message}"
    );
    assert!(
        message.ends_with(&format!("guard made at {}:{line}:16)", file!())),
        "{message}"
    );
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].field("value"), "Probe(a)");
    assert_eq!(log.entries(), ["drop a"]);
}

#[test]
fn a_lock_over_a_cancel_safe_guard_that_is_dropped_armed_is_cleaned_up_in_a_task() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let guard = log.probe("a").yielding(1).guard().cancel_safe();
        let dropped = async { drop(AsyncDropTokioRwLock::new(guard)) };
        tracker.scope(dropped).await;
        let report = tracker.drain(Duration::from_secs(60)).await;
        assert!(report.is_clean(), "{report}");
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn a_lock_that_is_written_to_is_formatted_without_waiting() {
    block_on(async {
        let mut lock = AsyncDropTokioRwLock::new(Log::new().guard("a"));
        let held = lock.write().await;
        assert_eq!(format!("{:?}", *lock), "AsyncDropTokioRwLock(<locked>)");
        drop(held);
        lock.async_drop().await.unwrap();
    });
}

#[test]
fn a_value_that_borrows_goes_into_a_lock() {
    let log = Mutex::new(vec![]);
    block_on(async {
        let mut lock = AsyncDropTokioRwLock::new(AsyncDropGuard::new(Borrowing(&log)));
        lock.async_drop().await.unwrap();
    });
    assert_eq!(log.into_inner().unwrap(), ["cleaned"]);
}
