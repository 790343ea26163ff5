//! Containers dropped armed: they leave it to the guards inside when these are cancel-safe, and count as forgotten otherwise.
#![cfg(feature = "tokio")]
#![deny(warnings, clippy::all)]

mod common;

use std::fmt::Debug;
use std::time::Duration;

use async_drop_utils::{
    AsyncDrop, AsyncDropArc, AsyncDropGuard, AsyncDropHashMap, AsyncDropResult, AsyncDropShared,
    AsyncDropTokioMutex, CleanupTracker,
};
use common::{Log, Probe, block_on, cancel_at_first_await, on_both_flavours, panic_message};

/// Drops `guard` armed inside a fresh tracker and awaits what it hands over; returns how many cleanups that were.
async fn dropped_armed<T: AsyncDrop + Debug>(guard: AsyncDropGuard<T>) -> usize {
    let tracker = CleanupTracker::new();
    tracker.scope(async { drop(guard) }).await;
    let report = tracker.drain(Duration::from_secs(60)).await;
    assert!(report.is_clean(), "{report}");
    report.finished.len()
}

fn cancel_safe(log: &Log, name: &'static str) -> AsyncDropGuard<Probe> {
    log.probe(name).yielding(1).guard().cancel_safe()
}

/// The message of the panic that dropping what `make` makes ends with.
fn forgotten<T: Debug>(make: impl FnOnce(&Log) -> AsyncDropGuard<T>) -> String {
    let log = Log::new();
    panic_message(|| block_on(async { drop(make(&log)) }))
}

#[test]
fn arcs_last_owner_passes_an_armed_drop_on() {
    on_both_flavours(async || {
        let log = Log::new();
        let first = AsyncDropArc::new(cancel_safe(&log, "a"));
        let second = AsyncDropArc::clone(&first);
        assert_eq!(dropped_armed(first).await, 0, "another owner is left");
        assert!(log.entries().is_empty());
        assert_eq!(dropped_armed(second).await, 1);
        assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn mutex_passes_an_armed_drop_on() {
    on_both_flavours(async || {
        let log = Log::new();
        let mutex = AsyncDropTokioMutex::new(cancel_safe(&log, "a"));
        assert_eq!(dropped_armed(mutex).await, 1);
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn holder_of_the_lock_that_is_cancelled_leaves_the_value_to_the_next() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut mutex = AsyncDropTokioMutex::new(cancel_safe(&log, "a"));
        cancel_at_first_await(async {
            let _held = mutex.lock().await;
            std::future::pending::<()>().await;
        });
        assert_eq!(mutex.lock().await.name, "a");
        mutex.async_drop().await.unwrap();
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn arc_over_a_locked_mutex_asks_without_waiting_for_the_lock() {
    on_both_flavours(async || {
        let log = Log::new();
        let first = AsyncDropArc::new(AsyncDropTokioMutex::new(cancel_safe(&log, "a")));
        let second = AsyncDropArc::clone(&first);
        let held = first.lock().await;
        assert_eq!(dropped_armed(second).await, 0);
        drop(held);
        assert_eq!(dropped_armed(first).await, 1);
    });
}

#[test]
fn map_passes_an_armed_drop_on_to_every_value() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = AsyncDropHashMap::new();
        for name in ["a", "b", "c"] {
            map.try_insert(name, cancel_safe(&log, name)).unwrap();
        }
        assert_eq!(dropped_armed(map).await, 3);
        for name in ["a", "b", "c"] {
            assert_eq!(log.count(&format!("cleaned {name}")), 1);
        }
    });
}

#[test]
fn map_whose_cleanup_is_cut_off_hands_over_only_what_is_left() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let mut map = AsyncDropHashMap::new();
        map.try_insert("quick", log.guard("quick").cancel_safe())
            .unwrap();
        map.try_insert("slow", log.probe("slow").stuck_once().guard().cancel_safe())
            .unwrap();
        tracker
            .scope(async {
                cancel_at_first_await(async move {
                    let _ = map.async_drop().await;
                })
            })
            .await;
        let report = tracker.drain(Duration::from_secs(60)).await;
        assert_eq!(report.finished.len(), 1, "{report}");
        assert_eq!(log.count("cleanup quick"), 1);
        assert_eq!(log.count("cleaned slow"), 1);
    });
}

#[test]
fn finished_shared_future_passes_an_armed_drop_on() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut first = AsyncDropShared::new({
            let probe = cancel_safe(&log, "a");
            async move { probe }
        });
        let second = AsyncDropShared::clone(&first);
        let arc = (&mut *first).await;
        assert_eq!(dropped_armed(arc).await, 0);
        assert_eq!(dropped_armed(first).await, 0);
        assert_eq!(dropped_armed(second).await, 1);
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn unfinished_shared_future_leaves_an_armed_drop_to_the_guards_in_it() {
    on_both_flavours(async || {
        let log = Log::new();
        let shared = AsyncDropShared::new({
            let probe = cancel_safe(&log, "a");
            async move {
                tokio::task::yield_now().await;
                probe
            }
        });
        assert_eq!(dropped_armed(shared).await, 1);
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn result_passes_an_armed_drop_on() {
    on_both_flavours(async || {
        let log = Log::new();
        let result: Result<_, String> = Ok(cancel_safe(&log, "a"));
        assert_eq!(dropped_armed(AsyncDropResult::new(result)).await, 1);
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn containers_of_plain_guards_are_forgotten_themselves() {
    let words = [
        forgotten(|log| AsyncDropArc::new(log.guard("a"))),
        forgotten(|log| AsyncDropTokioMutex::new(log.guard("a"))),
        forgotten(|log| {
            let mut map = AsyncDropHashMap::new();
            map.try_insert("safe", cancel_safe(log, "safe")).unwrap();
            map.try_insert("plain", log.guard("plain")).unwrap();
            map
        }),
        forgotten(|log| AsyncDropShared::new_ready(log.guard("a"))),
        forgotten(|log| AsyncDropResult::<_, String>::new(Ok(log.guard("a")))),
    ];
    for (words, container) in words
        .iter()
        .zip(["Arc", "TokioMutex", "HashMap", "Shared", "Result"])
    {
        let start = format!("Forgot to call async_drop on AsyncDrop{container}");
        assert!(words.starts_with(&start), "{words}");
    }
}

#[test]
fn container_made_cancel_safe_itself_is_cleaned_up_in_one_task() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = AsyncDropHashMap::new();
        for name in ["a", "b"] {
            map.try_insert(name, log.guard(name)).unwrap();
        }
        assert_eq!(dropped_armed(map.cancel_safe()).await, 1);
        assert_eq!((log.count("cleaned a"), log.count("cleaned b")), (1, 1));
    });
}
