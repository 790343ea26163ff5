//! A map of guards.

mod common;

use std::collections::BTreeSet;
use std::convert::Infallible as Never;
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropHashMap};
use async_trait::async_trait;
use common::{
    Borrowing, Log, Probe, ProbeError, block_on, cancel_at_first_await, on_both_flavours,
    panic_message, reports, reports_of,
};
use futures_util::FutureExt;
use tokio::sync::{Barrier, oneshot};

const FILE: &str = file!();

type Map = AsyncDropGuard<AsyncDropHashMap<String, Probe>>;

/// A map of these probes, each under its own name.
fn map_of(probes: impl IntoIterator<Item = Probe>) -> Map {
    let mut map = AsyncDropHashMap::new();
    for probe in probes {
        map.try_insert(probe.name.to_owned(), probe.guard())
            .unwrap();
    }
    map
}

#[test]
fn all_values_are_cleaned_up() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = map_of(["a", "b", "c"].map(|name| log.probe(name).yielding(1)));
        assert_eq!(map.async_drop().await, Ok(()));
        assert!(map.is_dropped());
        for name in ["a", "b", "c"] {
            assert_eq!(log.count(&format!("cleaned {name}")), 1);
            assert_eq!(log.count(&format!("drop {name}")), 1);
        }
    });
}

/// Its cleanup waits until all the others have begun theirs.
#[derive(Debug)]
struct Together(Arc<Barrier>);

#[async_trait]
impl AsyncDrop for Together {
    type Error = Never;

    async fn async_drop_impl(&mut self) -> Result<(), Never> {
        self.0.wait().await;
        Ok(())
    }
}

#[test]
fn values_are_cleaned_up_concurrently() {
    on_both_flavours(async || {
        let barrier = Arc::new(Barrier::new(10));
        let mut map = AsyncDropHashMap::new();
        for key in 0..10 {
            let value = AsyncDropGuard::new(Together(Arc::clone(&barrier)));
            map.try_insert(key, value).unwrap();
        }
        map.async_drop().await.unwrap();
    });
}

#[test]
fn an_empty_map_holds_nothing_to_forget() {
    let mut map = map_of([]);
    assert!(map.is_empty());
    assert_eq!(block_on(map.async_drop()), Ok(()));
    drop(map_of([]));
}

#[test]
fn a_failing_cleanup_stops_no_other_and_its_error_is_returned() {
    let log = Log::new();
    let (result, seen) = reports(|| {
        let mut map = map_of([
            log.probe("a").yielding(2),
            log.probe("b").failing(),
            log.probe("c").yielding(2),
        ]);
        block_on(map.async_drop())
    });
    assert_eq!(result, Err(ProbeError("b")));
    for name in ["a", "b", "c"] {
        assert_eq!(log.count(&format!("cleaned {name}")), 1);
    }
    assert!(seen.is_empty());
}

#[test]
fn the_first_of_several_errors_is_returned_and_each_further_one_reported() {
    let log = Log::new();
    let line = line!() + 1;
    let later = ["a", "b"].map(|name| log.probe(name).failing().yielding(3).guard());
    let (result, seen) = reports(|| {
        let mut map = map_of([log.probe("first").failing()]);
        for guard in later {
            map.try_insert(guard.name.to_owned(), guard).unwrap();
        }
        block_on(map.async_drop())
    });
    assert_eq!(result, Err(ProbeError("first")));
    assert_eq!(seen.len(), 2);
    let mut names = BTreeSet::new();
    for report in &seen {
        let error = report.field("error").to_owned();
        let name = if error.contains("\"a\"") { "a" } else { "b" };
        report.assert_cleanup_failed::<Probe>(ProbeError(name), FILE);
        assert!(
            report
                .field("origin")
                .starts_with(&format!("{FILE}:{line}:"))
        );
        names.insert(name);
    }
    assert_eq!(names.len(), 2);
}

#[test]
fn cancelled_cleanup_goes_on_with_the_values_that_are_left() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = map_of([log.probe("a"), log.probe("b").stuck_once(), log.probe("c")]);
        cancel_at_first_await(map.async_drop());
        assert!(!map.is_dropped());
        assert_eq!(map.len(), 3);
        assert!(map.get("a").unwrap().is_dropped());
        assert!(!map.get("b").unwrap().is_dropped());
        assert_eq!(map.async_drop().await, Ok(()));
        assert_eq!(log.count("cleanup a"), 1);
        assert_eq!(log.count("cleanup b"), 2);
        assert_eq!(log.count("cleaned b"), 1);
        assert_eq!(log.count("cleanup c"), 1);
    });
}

#[test]
fn an_error_from_before_the_cancellation_is_returned_by_the_next_call() {
    let log = Log::new();
    let ((), seen) = reports_of(async || {
        let mut map = map_of([log.probe("a").failing(), log.probe("b").stuck_once()]);
        cancel_at_first_await(map.async_drop());
        assert_eq!(map.async_drop().await, Err(ProbeError("a")));
        assert_eq!(map.async_drop().await, Ok(()));
    });
    assert!(seen.is_empty());
}

#[test]
fn an_error_from_before_the_cancellation_precedes_later_ones() {
    let log = Log::new();
    let ((), seen) = reports_of(async || {
        let late = log.probe("b").failing().stuck_once();
        let mut map = map_of([log.probe("a").failing(), late]);
        cancel_at_first_await(map.async_drop());
        assert_eq!(map.async_drop().await, Err(ProbeError("a")));
    });
    assert_eq!(seen.len(), 1);
    seen[0].assert_cleanup_failed::<Probe>(ProbeError("b"), FILE);
}

#[test]
fn an_error_from_before_the_cancellation_is_reported_when_the_map_is_forgotten() {
    let log = Log::new();
    let (message, seen) = reports(|| {
        let mut map = map_of([log.probe("a").failing(), log.probe("b").stuck_once()]);
        cancel_at_first_await(map.async_drop());
        panic_message(|| drop(map))
    });
    assert!(message.starts_with("Forgot to call async_drop on AsyncDropHashMap("));
    let failed: Vec<_> = seen
        .iter()
        .filter(|report| report.message == "cleanup failed")
        .collect();
    assert_eq!(failed.len(), 1);
    failed[0].assert_cleanup_failed::<Probe>(ProbeError("a"), FILE);
    assert_eq!(
        seen.len(),
        2,
        "the other is the value that was not cleaned up"
    );
}

#[test]
fn a_value_that_was_cleaned_up_in_the_map_is_not_cleaned_up_again() {
    let log = Log::new();
    block_on(async {
        let mut map = map_of([log.probe("a"), log.probe("b")]);
        map.get_mut("a").unwrap().async_drop().await.unwrap();
        map.async_drop().await.unwrap();
    });
    assert_eq!(log.count("cleanup a"), 1);
    assert_eq!(log.count("cleanup b"), 1);
}

/// Its cleanup panics the first time.
#[derive(Debug)]
struct PanicsOnce(bool, Log);

#[async_trait]
impl AsyncDrop for PanicsOnce {
    type Error = Never;

    async fn async_drop_impl(&mut self) -> Result<(), Never> {
        tokio::task::yield_now().await;
        assert!(!std::mem::take(&mut self.0), "a bug in the cleanup");
        self.1.push("cleaned");
        Ok(())
    }
}

#[test]
fn a_panicking_cleanup_is_not_run_again_and_takes_no_other_with_it() {
    let log = Log::new();
    block_on(async {
        let mut map = AsyncDropHashMap::new();
        for key in 0..3 {
            let value = AsyncDropGuard::new(PanicsOnce(key == 1, log.clone()));
            map.try_insert(key, value).unwrap();
        }
        let cleanup = std::panic::AssertUnwindSafe(map.async_drop());
        assert!(cleanup.catch_unwind().await.is_err());
        assert!(map.is_dropped());
        map.async_drop().await.unwrap();
    });
    assert_eq!(log.count("cleaned"), 2);
}

#[test]
fn a_taken_key_hands_key_and_value_back_and_leaves_the_map_as_it_was() {
    let log = Log::new();
    let mut map = map_of([log.probe("a")]);
    let mut taken = map
        .try_insert("a".to_owned(), log.guard("rejected"))
        .unwrap_err();
    assert_eq!(taken.to_string(), r#"the key "a" is taken"#);
    assert_eq!(
        format!("{taken:?}"),
        r#"TryInsertError { key: "a", value: AsyncDropGuard(Probe(rejected)) }"#
    );
    assert!(Error::source(&taken).is_none());
    assert_eq!(taken.key, "a");
    assert_eq!(taken.value.name, "rejected");
    assert_eq!(map.get("a").unwrap().name, "a");
    assert_eq!(map.len(), 1);
    block_on(taken.value.async_drop()).unwrap();
    block_on(map.async_drop()).unwrap();
    assert_eq!(log.count("cleaned rejected"), 1);
}

#[test]
fn a_forgotten_insert_error_panics_with_its_value() {
    let log = Log::new();
    let mut map = map_of([log.probe("a")]);
    let taken = map.try_insert("a".to_owned(), log.guard("rejected"));
    let error = taken.unwrap_err();
    assert!(
        panic_message(|| drop(error)).starts_with("Forgot to call async_drop on Probe(rejected)")
    );
    block_on(map.async_drop()).unwrap();
}

#[test]
fn try_insert_lends_the_inserted_guard() {
    let log = Log::new();
    let mut map = map_of([]);
    let inserted = map.try_insert("a".to_owned(), log.guard("a")).unwrap();
    inserted.name = "renamed";
    block_on(map.async_drop()).unwrap();
    assert_eq!(log.count("cleaned renamed"), 1);
}

#[test]
fn keys_are_looked_up_in_borrowed_form() {
    let log = Log::new();
    let mut map = map_of([log.probe("a"), log.probe("b")]);
    assert_eq!(map.get("a").unwrap().name, "a");
    assert!(map.get("x").is_none());
    map.get_mut("a").unwrap().name = "renamed";
    assert!(map.get_mut("x").is_none());
    assert!(map.remove("x").is_none());
    let mut removed = map.remove("a").unwrap();
    assert_eq!(removed.name, "renamed");
    assert!(map.get("a").is_none());
    block_on(removed.async_drop()).unwrap();
    block_on(map.async_drop()).unwrap();

    let mut bytes = AsyncDropHashMap::new();
    bytes.try_insert(vec![1, 2], log.guard("c")).unwrap();
    assert_eq!(bytes.get([1, 2].as_slice()).unwrap().name, "c");
    block_on(bytes.async_drop()).unwrap();
}

#[test]
fn iter_lends_every_entry() {
    let log = Log::new();
    let mut map = map_of([log.probe("a"), log.probe("b")]);
    assert!(!map.is_empty());
    assert_eq!(map.len(), 2);
    let names: BTreeSet<_> = map
        .iter()
        .map(|(key, value)| (key.clone(), value.name))
        .collect();
    assert_eq!(
        names,
        BTreeSet::from([("a".to_owned(), "a"), ("b".to_owned(), "b")])
    );
    block_on(map.async_drop()).unwrap();
}

#[test]
fn drain_hands_every_guard_out() {
    let log = Log::new();
    block_on(async {
        let mut map = map_of([log.probe("a"), log.probe("b")]);
        let drained = map.drain();
        assert_eq!(drained.len(), 2);
        for (key, mut value) in drained {
            assert_eq!(key, value.name);
            value.async_drop().await.unwrap();
        }
        assert!(map.is_empty());
        map.async_drop().await.unwrap();
    });
    assert_eq!(log.count("cleanup a"), 1);
    assert_eq!(log.count("cleanup b"), 1);
}

#[test]
fn a_drain_that_ends_early_puts_the_rest_back() {
    async fn first_failure(map: &mut Map) -> Result<(), ProbeError> {
        for (_, mut value) in map.drain() {
            value.async_drop().await?;
        }
        Ok(())
    }

    let log = Log::new();
    block_on(async {
        let mut map = map_of(["a", "b", "c"].map(|name| log.probe(name).failing()));
        first_failure(&mut map).await.unwrap_err();
        assert_eq!(map.len(), 2);
        cancel_at_first_await(async {
            for entry in map.drain() {
                let (_, mut value) = entry;
                let _failed = value.async_drop().await;
                std::future::pending::<()>().await;
            }
        });
        assert_eq!(map.len(), 1);
        map.async_drop().await.unwrap_err();
    });
    for name in ["a", "b", "c"] {
        assert_eq!(log.count(&format!("cleanup {name}")), 1);
    }
}

#[test]
fn a_forgotten_map_panics_and_each_value_is_reported() {
    let log = Log::new();
    let line = line!() + 1;
    let mut map = AsyncDropHashMap::new();
    map.try_insert("key", log.guard("a")).unwrap();
    map.try_insert("other", log.guard("b")).unwrap();
    let (message, seen) = reports(|| panic_message(|| drop(map)));
    assert!(message.starts_with("Forgot to call async_drop on AsyncDropHashMap({"));
    assert!(message.contains(r#""key": AsyncDropGuard(Probe(a))"#));
    assert!(
        message.ends_with(&format!("guard made at {FILE}:{line}:19)")),
        "{message}"
    );
    let values: BTreeSet<_> = seen.iter().map(|report| report.field("value")).collect();
    assert_eq!(values, BTreeSet::from(["Probe(a)", "Probe(b)"]));
    assert_eq!(log.count("cleanup a"), 0);
}

#[cfg(feature = "tokio")]
#[test]
fn cancel_safe_values_that_find_no_runtime_are_forgotten_one_and_all() {
    let log = Log::new();
    let mut map = AsyncDropHashMap::new();
    for key in 0..10 {
        let value = AsyncDropGuard::new_cancel_safe(log.probe("a"));
        map.try_insert(key, value).unwrap();
    }
    let (message, seen) = reports(|| panic_message(|| drop(map)));
    assert!(
        message.starts_with("Forgot to call async_drop on Probe(a)"),
        "{message}"
    );
    assert_eq!(log.count("drop a"), 10);
    assert_eq!(seen.len(), 9, "the panic told of one: {seen:?}");
}

#[test]
fn values_that_borrow_go_into_a_map() {
    let log = Mutex::new(vec![]);
    let mut map = AsyncDropHashMap::new();
    map.try_insert(1, AsyncDropGuard::new(Borrowing(&log)))
        .unwrap();
    block_on(map.async_drop()).unwrap();
    drop(map);
    assert_eq!(log.into_inner().unwrap(), ["cleaned"]);
}

/// A link of a chain: its cleanup waits for the link before it and then lets the next one go.
#[derive(Debug)]
struct Link {
    before: oneshot::Receiver<()>,
    next: Option<oneshot::Sender<()>>,
    polls: Arc<AtomicUsize>,
}

const LINKS: usize = 100_000;

#[async_trait]
impl AsyncDrop for Link {
    type Error = Never;

    async fn async_drop_impl(&mut self) -> Result<(), Never> {
        std::future::poll_fn(|context| {
            let polls = self.polls.fetch_add(1, Ordering::Relaxed);
            assert!(polls < 3 * LINKS, "more polls than values: not linear");
            match self.before.poll_unpin(context) {
                Poll::Ready(_) => Poll::Ready(()),
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
        if let Some(next) = self.next.take() {
            let _nobody_waits = next.send(());
        }
        Ok(())
    }
}

#[test]
fn cleanup_of_100_000_values_that_end_one_by_one_polls_each_at_most_three_times_on_average() {
    let polls = Arc::new(AtomicUsize::new(0));
    let mut map = AsyncDropHashMap::new();
    let (start, mut before) = oneshot::channel();
    for key in 0..LINKS {
        let (next, after) = oneshot::channel();
        let link = Link {
            before: std::mem::replace(&mut before, after),
            next: Some(next),
            polls: Arc::clone(&polls),
        };
        map.try_insert(key, AsyncDropGuard::new(link)).unwrap();
    }
    start.send(()).unwrap();
    block_on(map.async_drop()).unwrap();
    assert!(polls.load(Ordering::Relaxed) >= LINKS);
}
