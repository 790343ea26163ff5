//! A guarded value behind a Tokio mutex or read-write lock.
#![cfg(feature = "tokio")]

mod common;

use std::fmt::Debug;
use std::sync::Mutex;
use std::time::Duration;

use async_drop_utils::{
    AsyncDropArc, AsyncDropGuard, AsyncDropTokioMutex, AsyncDropTokioRwLock, CleanupTracker,
};
use common::{
    Borrowing, Log, ProbeError, block_on, cancel_at_first_await, multi_thread, on_both_flavours,
    panic_message, reports,
};
use futures_util::FutureExt;

/// What holds for both: `$look` gives the value to read, `$hold` alone.
macro_rules! locks {
    ($($lock:ident: $Lock:ident, $look:ident, $hold:ident;)+) => {$(
        mod $lock {
            use super::*;

            #[test]
            fn cleans_its_value_up() {
                on_both_flavours(async || {
                    let log = Log::new();
                    let mut lock = $Lock::new(log.probe("a").yielding(1).guard());
                    assert_eq!(lock.$look().await.name, "a");
                    assert_eq!(lock.async_drop().await, Ok(()));
                    assert!(lock.is_dropped());
                    assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
                });
            }

            #[test]
            fn a_failed_cleanup_is_returned() {
                let mut lock = $Lock::new(Log::new().probe("a").failing().guard());
                assert_eq!(block_on(lock.async_drop()), Err(ProbeError("a")));
                assert_eq!(block_on(lock.async_drop()), Ok(()));
            }

            #[test]
            fn one_holder_at_a_time_changes_the_value_and_the_last_owner_cleans_up() {
                multi_thread().block_on(async {
                    let log = Log::new();
                    let mut arc = AsyncDropArc::new($Lock::new(log.guard("a")));
                    let mut tasks = tokio::task::JoinSet::new();
                    for _ in 0..16 {
                        let mut owner = AsyncDropArc::clone(&arc);
                        tasks.spawn(async move {
                            let held = owner.$hold().await;
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
                let lock = $Lock::new(log.guard("a"));
                let mut guard = $Lock::into_inner(lock);
                assert!(log.entries().is_empty());
                block_on(guard.async_drop()).unwrap();
                assert_eq!(log.count("cleaned a"), 1);
            }

            #[test]
            fn into_inner_after_cleanup_panics() {
                let mut lock = $Lock::new(Log::new().guard("a"));
                block_on(lock.async_drop()).unwrap();
                assert_eq!(
                    panic_message(|| $Lock::into_inner(lock)),
                    "Value already dropped"
                );
            }

            #[test]
            fn a_value_cleaned_up_by_its_holder_is_not_cleaned_up_again() {
                let log = Log::new();
                block_on(async {
                    let mut lock = $Lock::new(log.probe("a").failing().guard());
                    assert_eq!(lock.$hold().await.async_drop().await, Err(ProbeError("a")));
                    assert_eq!(lock.async_drop().await, Ok(()));
                });
                assert_eq!(log.count("cleanup a"), 1);
            }

            #[test]
            fn a_value_that_replaces_another_is_the_one_cleaned_up() {
                let log = Log::new();
                block_on(async {
                    let mut lock = $Lock::new(log.guard("a"));
                    let mut former = std::mem::replace(&mut *lock.$hold().await, log.guard("b"));
                    former.async_drop().await.unwrap();
                    lock.async_drop().await.unwrap();
                });
                for entry in ["cleanup a", "cleaned a", "cleanup b", "cleaned b"] {
                    assert_eq!(log.count(entry), 1, "{entry}");
                }
            }

            #[test]
            fn cancelled_cleanup_leaves_the_guard_armed_and_the_next_call_runs_it_again() {
                on_both_flavours(async || {
                    let log = Log::new();
                    let mut lock = $Lock::new(log.probe("a").stuck_once().guard());
                    cancel_at_first_await(lock.async_drop());
                    assert!(!lock.is_dropped());
                    assert_eq!(lock.$look().await.name, "a");
                    assert_eq!(lock.async_drop().await, Ok(()));
                    assert_eq!(log.count("cleaned a"), 1);
                });
            }

            #[test]
            fn a_cancelled_holder_unlocks() {
                block_on(async {
                    let mut lock = $Lock::new(Log::new().guard("a"));
                    let holder = async {
                        let _held = lock.$hold().await;
                        std::future::pending::<()>().await;
                    };
                    let cancelled = tokio::time::timeout(Duration::from_millis(1), holder).await;
                    assert!(cancelled.is_err());
                    cancel_at_first_await(async {
                        let _held = lock.$hold().await;
                        std::future::pending::<()>().await;
                    });
                    assert_eq!(lock.$look().await.name, "a");
                    lock.async_drop().await.unwrap();
                });
            }

            #[test]
            fn over_a_cancel_safe_guard_and_dropped_armed_it_is_cleaned_up_in_a_task() {
                on_both_flavours(async || {
                    let (log, tracker) = (Log::new(), CleanupTracker::new());
                    let guard = log.probe("a").yielding(1).guard().cancel_safe();
                    tracker.scope(async { drop($Lock::new(guard)) }).await;
                    let report = tracker.drain(Duration::from_secs(60)).await;
                    assert!(report.is_clean(), "{report}");
                    assert_eq!(log.count("cleaned a"), 1);
                });
            }

            #[test]
            fn while_it_is_held_it_is_formatted_without_waiting() {
                block_on(async {
                    let mut lock = $Lock::new(Log::new().guard("a"));
                    let held = lock.$hold().await;
                    assert_eq!(format!("{:?}", *lock), concat!(stringify!($Lock), "(<locked>)"));
                    drop(held);
                    lock.async_drop().await.unwrap();
                });
            }

            #[test]
            fn a_value_that_borrows_goes_in() {
                let log = Mutex::new(vec![]);
                block_on(async {
                    let mut lock = $Lock::new(AsyncDropGuard::new(Borrowing(&log)));
                    lock.async_drop().await.unwrap();
                });
                assert_eq!(log.into_inner().unwrap(), ["cleaned"]);
            }
        }
    )+};
}

locks! {
    mutex: AsyncDropTokioMutex, lock, lock;
    read_write_lock: AsyncDropTokioRwLock, read, write;
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
fn a_forgotten_mutex_panics_and_its_value_is_reported() {
    let log = Log::new();
    let mutex = AsyncDropTokioMutex::new(log.guard("a"));
    let place = format!("{}:{}:17", file!(), line!() - 1);
    assert_forgotten(mutex, "AsyncDropTokioMutex", &place, &log);
}

#[test]
fn a_forgotten_read_write_lock_panics_and_its_value_is_reported() {
    let log = Log::new();
    let lock = AsyncDropTokioRwLock::new(log.guard("a"));
    let place = format!("{}:{}:16", file!(), line!() - 1);
    assert_forgotten(lock, "AsyncDropTokioRwLock", &place, &log);
}

fn assert_forgotten<L: Debug>(lock: AsyncDropGuard<L>, name: &str, place: &str, log: &Log) {
    let (message, seen) = reports(|| panic_message(|| drop(lock)));
    let start = format!("Forgot to call async_drop on {name}(AsyncDropGuard(Probe(a)))");
    assert!(message.starts_with(&start), "{message}");
    assert!(
        message.ends_with(&format!("guard made at {place})")),
        "{message}"
    );
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].field("value"), "Probe(a)");
    assert_eq!(log.entries(), ["drop a"]);
}
