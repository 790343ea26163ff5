//! A map's everyday surface: none of it drops a guard unseen.
#![deny(unfulfilled_lint_expectations)]

mod common;

use std::collections::BTreeSet;

use async_drop_utils::hash_map::Entry;
use async_drop_utils::{AsyncDropGuard, AsyncDropHashMap};
use common::{
    Log, Probe, ProbeError, block_on, cancel_at_first_await, on_both_flavours, panic_message,
    reports_of,
};

const FILE: &str = file!();

type Map = AsyncDropGuard<AsyncDropHashMap<&'static str, Probe>>;

/// A map of these probes, each under its own name.
fn map_of(probes: impl IntoIterator<Item = Probe>) -> Map {
    let mut map = AsyncDropHashMap::new();
    for probe in probes {
        map.try_insert(probe.name, probe.guard()).unwrap();
    }
    map
}

fn map(log: &Log, names: &[&'static str]) -> Map {
    map_of(names.iter().map(|name| log.probe(name)))
}

#[test]
fn insert_hands_the_replaced_guard_back() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = map(&log, &[]);
        assert!(map.insert("key", log.guard("first")).is_none());
        let mut former = map.insert("key", log.guard("second")).unwrap();
        assert_eq!(former.name, "first");
        former.async_drop().await.unwrap();
        assert_eq!(map.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned first"), 1);
        assert_eq!(log.count("cleaned second"), 1);
    });
}

#[test]
fn guard_that_is_handed_back_unasked_must_be_used() {
    let mut map = map(&Log::new(), &[]);
    #[expect(unused_must_use, reason = "the lint is what is tested")]
    map.insert("key", AsyncDropGuard::new_invalid());
    #[expect(unused_must_use, reason = "the lint is what is tested")]
    map.remove("key");
    drop(map);
}

#[test]
fn keys_and_values_are_lent() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = map(&log, &["a", "b"]);
        assert!(map.contains_key("a"));
        assert!(!map.contains_key("c"));
        assert_eq!(
            map.keys().copied().collect::<BTreeSet<_>>(),
            ["a", "b"].into()
        );
        for (key, value) in map.iter_mut() {
            assert_eq!(*key, value.name);
            value.name = "renamed";
        }
        assert!(map.values().all(|value| value.name == "renamed"));
        for value in map.values_mut() {
            value.name = "again";
        }
        assert_eq!(map.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned again"), 2);
    });
}

#[test]
fn retain_cleans_up_what_it_removes() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = map_of(["a", "b", "c"].map(|name| log.probe(name).yielding(1)));
        assert_eq!(map.retain(|key, _| *key == "b").await, Ok(()));
        assert_eq!(map.len(), 1);
        assert_eq!(log.count("cleaned a"), 1);
        assert_eq!(log.count("cleaned c"), 1);
        assert_eq!(log.count("cleanup b"), 0);
        assert_eq!(map.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned b"), 1);
    });
}

#[test]
fn retain_keeps_a_guard_that_is_done_when_told_to() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = map(&log, &["done", "b"]);
        map.get_mut("done").unwrap().async_drop().await.unwrap();
        assert_eq!(map.retain(|key, _| *key == "done").await, Ok(()));
        assert!(map.contains_key("done"));
        assert_eq!(map.async_drop().await, Ok(()));
        assert_eq!(log.count("cleanup done"), 1);
    });
}

#[test]
fn retain_cleans_up_concurrently() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = map_of(["a", "b"].map(|name| log.probe(name).yielding(1)));
        assert_eq!(map.retain(|_, _| false).await, Ok(()));
        assert!(log.entries()[..2].iter().all(|e| e.starts_with("cleanup")));
        map.async_drop().await.unwrap();
    });
}

#[test]
fn retain_returns_the_first_error_and_reports_the_others() {
    let (log, reports) = reports_of(async || {
        let log = Log::new();
        let slow = log.probe("slow").yielding(5).failing();
        let mut map = map_of([slow, log.probe("fast").failing(), log.probe("works")]);
        assert_eq!(map.clear().await, Err(ProbeError("fast")));
        assert!(map.is_empty());
        assert_eq!(map.async_drop().await, Ok(()));
        log
    });
    assert_eq!(log.count("cleaned works"), 1);
    assert_eq!(reports.len(), 1);
    reports[0].assert_cleanup_failed::<Probe>(ProbeError("slow"), FILE);
}

#[test]
fn values_that_a_cancelled_retain_took_out_are_cleaned_up_with_the_map() {
    on_both_flavours(async || {
        let log = Log::new();
        let probes = [
            log.probe("stuck").stuck_once(),
            log.probe("fails").failing(),
            log.probe("stays"),
        ];
        let mut map = map_of(probes);
        cancel_at_first_await(map.retain(|key, _| *key == "stays"));
        assert_eq!(map.keys().collect::<Vec<_>>(), [&"stays"]);
        assert_eq!(log.count("cleaned fails"), 1);
        assert_eq!(map.async_drop().await, Err(ProbeError("fails")));
        assert_eq!(log.count("cleaned stuck"), 1);
        assert_eq!(log.count("cleaned stays"), 1);
        assert_eq!(log.count("cleanup fails"), 1);
    });
}

#[test]
fn values_that_a_cancelled_retain_took_out_are_cleaned_up_by_the_next() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = map_of([log.probe("stuck").stuck_once()]);
        cancel_at_first_await(map.clear());
        assert!(map.is_empty());
        assert_eq!(map.retain(|_, _| true).await, Ok(()));
        assert_eq!(log.count("cleaned stuck"), 1);
        drop(map);
    });
}

#[test]
fn values_that_a_cancelled_retain_took_out_can_be_forgotten() {
    let mut map = map_of([Log::new().probe("stuck").stuck_once()]);
    cancel_at_first_await(map.clear());
    let message = panic_message(|| drop(map));
    assert!(
        message.starts_with(
            "Forgot to call async_drop on AsyncDropHashMap({}, [AsyncDropGuard(Probe(stuck))])"
        ),
        "{message}"
    );
}

#[test]
fn a_panicking_choice_leaves_every_value_under_the_maps_guard() {
    let log = Log::new();
    let mut map = map(&log, &["a", "b", "c"]);
    let mut asked = 0;
    let message = panic_message(|| {
        block_on(map.retain(|_, _| {
            asked += 1;
            assert!(asked < 3, "undecided");
            false
        }))
    });
    assert_eq!(message, "undecided");
    assert_eq!(block_on(map.async_drop()), Ok(()));
    for name in ["a", "b", "c"] {
        assert_eq!(log.count(&format!("cleaned {name}")), 1);
    }
}

#[test]
fn retain_can_be_spawned() {
    common::multi_thread().block_on(async {
        let log = Log::new();
        let mut map = map(&log, &["a"]);
        let task = tokio::spawn(async move {
            let retained = map.retain(|_, _| false).await;
            retained.and(map.async_drop().await)
        });
        assert_eq!(task.await.unwrap(), Ok(()));
    });
}

#[test]
fn entry_makes_a_value_only_where_there_is_none() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = map(&log, &["a"]);
        let a = map.entry("a").or_insert_with(|| panic!("made"));
        a.name = "renamed";
        let b = map
            .entry("b")
            .and_modify(|_| panic!("modified"))
            .or_insert_with(|| log.guard("b"));
        assert_eq!(b.name, "b");
        let entry = map.entry("a").and_modify(|value| value.name = "a");
        assert_eq!(*entry.key(), "a");
        drop(entry);
        assert_eq!(map.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned a"), 1);
        assert_eq!(log.count("cleaned b"), 1);
    });
}

#[test]
fn entry_awaits_a_constructor_that_may_fail() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = map(&log, &[]);
        let made = map
            .entry("a")
            .or_try_insert_with(async || Ok::<_, &str>(log.guard("a")))
            .await;
        assert_eq!(made.unwrap().name, "a");
        let there = map
            .entry("a")
            .or_try_insert_with(async || Err("not asked"))
            .await;
        assert_eq!(there.unwrap().name, "a");
        let failed = map.entry("b").or_try_insert_with(async || Err("failed"));
        assert_eq!(failed.await.unwrap_err(), "failed");
        let waiting = map.entry("b").or_try_insert_with(async || {
            std::future::pending::<()>().await;
            Err("never")
        });
        cancel_at_first_await(waiting);
        assert_eq!(map.len(), 1);
        assert_eq!(map.async_drop().await, Ok(()));
    });
}

#[test]
fn occupied_entry_hands_guards_out() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = map(&log, &["a", "b"]);
        let Entry::Occupied(mut entry) = map.entry("a") else {
            panic!("free");
        };
        assert_eq!((*entry.key(), entry.get().name), ("a", "a"));
        entry.get_mut().name = "renamed";
        let mut former = entry.insert(log.guard("c"));
        assert_eq!(former.name, "renamed");
        let mut removed = entry.remove();
        assert_eq!(removed.name, "c");
        let Entry::Occupied(entry) = map.entry("b") else {
            panic!("free");
        };
        let (key, mut b) = entry.remove_entry();
        assert_eq!(key, "b");
        assert!(map.is_empty());
        for guard in [&mut former, &mut removed, &mut b] {
            guard.async_drop().await.unwrap();
        }
        assert_eq!(map.async_drop().await, Ok(()));
    });
}

#[test]
fn vacant_entry_takes_a_guard_or_gives_its_key_back() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = map(&log, &[]);
        let Entry::Vacant(entry) = map.entry("a") else {
            panic!("taken");
        };
        assert_eq!(*entry.key(), "a");
        assert_eq!(entry.insert(log.guard("a")).name, "a");
        let Entry::Vacant(entry) = map.entry("b") else {
            panic!("taken");
        };
        assert_eq!(entry.into_key(), "b");
        assert_eq!(map.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned a"), 1);
    });
}
