//! A guarded value behind a Tokio mutex.
#![cfg(feature = "tokio")]

mod common;

use std::sync::Mutex;
use std::time::Duration;

use async_drop_utils::{AsyncDropArc, AsyncDropGuard, AsyncDropTokioMutex};
use common::{
    Borrowing, Log, ProbeError, block_on, cancel_at_first_await, multi_thread, on_both_flavours,
    panic_message, reports,
};

#[test]
fn the_mutex_cleans_its_value_up() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut mutex = AsyncDropTokioMutex::new(log.probe("a").yielding(1).guard());
        assert_eq!(mutex.lock().await.name, "a");
        assert_eq!(mutex.async_drop().await, Ok(()));
        assert!(mutex.is_dropped());
        assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn a_failed_cleanup_is_returned() {
    let mut mutex = AsyncDropTokioMutex::new(Log::new().probe("a").failing().guard());
    assert_eq!(block_on(mutex.async_drop()), Err(ProbeError("a")));
    assert_eq!(block_on(mutex.async_drop()), Ok(()));
}

#[test]
fn one_holder_at_a_time_changes_the_value_and_the_last_owner_cleans_up() {
    multi_thread().block_on(async {
        let log = Log::new();
        let mut arc = AsyncDropArc::new(AsyncDropTokioMutex::new(log.guard("a")));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let mut owner = AsyncDropArc::clone(&arc);
            tasks.spawn(async move {
                let held = owner.lock().await;
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
    let mutex = AsyncDropTokioMutex::new(log.guard("a"));
    let mut guard = AsyncDropTokioMutex::into_inner(mutex);
    assert!(log.entries().is_empty());
    block_on(guard.async_drop()).unwrap();
    assert_eq!(log.count("cleaned a"), 1);
}

#[test]
fn into_inner_after_cleanup_panics() {
    let mut mutex = AsyncDropTokioMutex::new(Log::new().guard("a"));
    block_on(mutex.async_drop()).unwrap();
    assert_eq!(
        panic_message(|| AsyncDropTokioMutex::into_inner(mutex)),
        "Value already dropped"
    );
}

#[test]
fn a_value_cleaned_up_through_the_lock_is_not_cleaned_up_again() {
    let log = Log::new();
    block_on(async {
        let mut mutex = AsyncDropTokioMutex::new(log.probe("a").failing().guard());
        assert_eq!(mutex.lock().await.async_drop().await, Err(ProbeError("a")));
        assert_eq!(mutex.async_drop().await, Ok(()));
    });
    assert_eq!(log.count("cleanup a"), 1);
}

#[test]
fn a_value_replaced_under_the_lock_is_the_one_cleaned_up() {
    let log = Log::new();
    block_on(async {
        let mut mutex = AsyncDropTokioMutex::new(log.guard("a"));
        let mut former = std::mem::replace(&mut *mutex.lock().await, log.guard("b"));
        former.async_drop().await.unwrap();
        mutex.async_drop().await.unwrap();
    });
    assert_eq!(log.count("cleaned a"), 1);
    assert_eq!(log.count("cleaned b"), 1);
}

#[test]
fn cancelled_cleanup_leaves_the_guard_armed_and_the_next_call_runs_it_again() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut mutex = AsyncDropTokioMutex::new(log.probe("a").stuck_once().guard());
        cancel_at_first_await(mutex.async_drop());
        assert!(!mutex.is_dropped());
        assert_eq!(mutex.lock().await.name, "a");
        assert_eq!(mutex.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn a_cancelled_holder_unlocks() {
    block_on(async {
        let mut mutex = AsyncDropTokioMutex::new(Log::new().guard("a"));
        let holder = async {
            let _held = mutex.lock().await;
            std::future::pending::<()>().await;
        };
        assert!(
            tokio::time::timeout(Duration::from_millis(1), holder)
                .await
                .is_err()
        );
        assert_eq!(mutex.lock().await.name, "a");
        mutex.async_drop().await.unwrap();
    });
}

#[test]
fn a_forgotten_mutex_panics_and_its_value_is_reported() {
    let log = Log::new();
    let mutex = AsyncDropTokioMutex::new(log.guard("a"));
    let line = line!() - 1;
    let (message, seen) = reports(|| panic_message(|| drop(mutex)));
    assert!(
        message.starts_with(
            "Forgot to call async_drop on AsyncDropTokioMutex(AsyncDropGuard(Probe(a)))"
        ),
        "{message}"
    );
    assert!(
        message.ends_with(&format!("guard made at {}:{line}:17)", file!())),
        "{message}"
    );
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].field("value"), "Probe(a)");
    assert_eq!(log.entries(), ["drop a"]);
}

#[test]
fn a_locked_mutex_is_formatted_without_waiting() {
    block_on(async {
        let mut mutex = AsyncDropTokioMutex::new(Log::new().guard("a"));
        let held = mutex.lock().await;
        assert_eq!(format!("{:?}", *mutex), "AsyncDropTokioMutex(<locked>)");
        drop(held);
        mutex.async_drop().await.unwrap();
    });
}

#[test]
fn a_value_that_borrows_goes_into_a_mutex() {
    let log = Mutex::new(vec![]);
    block_on(async {
        let mut mutex = AsyncDropTokioMutex::new(AsyncDropGuard::new(Borrowing(&log)));
        mutex.async_drop().await.unwrap();
    });
    assert_eq!(log.into_inner().unwrap(), ["cleaned"]);
}
