//! Sharing a guarded value between owners.

mod common;

use std::borrow::Borrow;
use std::cell::Cell;
use std::convert::Infallible as Never;
use std::sync::{Arc, Barrier, Mutex};

use async_drop_utils::{AsyncDrop, AsyncDropArc, AsyncDropGuard};
use async_trait::async_trait;
use common::{
    Borrowing, Log, Probe, ProbeError, block_on, cancel_at_first_await, multi_thread,
    on_both_flavours, panic_message, reports,
};

const FILE: &str = file!();

#[test]
fn only_the_last_owner_cleans_up() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut first = AsyncDropArc::new(log.probe("a").yielding(1).guard());
        let mut second = AsyncDropArc::clone(&first);
        assert_eq!(first.async_drop().await, Ok(()));
        assert!(first.is_dropped());
        assert!(log.entries().is_empty());
        assert_eq!(second.async_drop().await, Ok(()));
        assert!(second.is_dropped());
        assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn an_owner_that_is_not_the_last_has_nothing_to_await() {
    let log = Log::new();
    let mut first = AsyncDropArc::new(log.guard("a"));
    let mut second = AsyncDropArc::clone(&first);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    {
        let cleanup = std::pin::pin!(first.async_drop());
        assert!(cleanup.poll(&mut context).is_ready());
    }
    block_on(second.async_drop()).unwrap();
}

#[test]
fn the_cleanup_error_goes_to_the_last_owner_only() {
    let log = Log::new();
    let ((), seen) = reports(|| {
        block_on(async {
            let mut first = AsyncDropArc::new(log.probe("a").failing().guard());
            let mut second = AsyncDropArc::clone(&first);
            assert_eq!(second.async_drop().await, Ok(()));
            assert_eq!(first.async_drop().await, Err(ProbeError("a")));
            assert_eq!(first.async_drop().await, Ok(()));
        });
    });
    assert_eq!(log.count("cleanup a"), 1);
    assert!(seen.is_empty());
}

#[test]
fn exactly_one_of_the_owners_that_let_go_at_the_same_time_is_last() {
    const OWNERS: usize = 4;
    for round in 0..500 {
        let log = Log::new();
        let failed = at_the_same_time(OWNERS, log.probe("a").failing().guard(), |mut owner| {
            block_on(owner.async_drop()).is_err()
        });
        assert_eq!(log.count("cleanup a"), 1, "in round {round}");
        assert_eq!(failed, 1, "in round {round}");
    }
}

#[test]
fn exactly_one_of_the_owners_that_unwrap_at_the_same_time_gets_the_guard() {
    for round in 0..500 {
        let log = Log::new();
        let got = at_the_same_time(4, log.guard("a"), |owner| {
            match AsyncDropArc::into_inner(owner) {
                Some(mut guard) => block_on(guard.async_drop()).is_ok(),
                None => false,
            }
        });
        assert_eq!(got, 1, "in round {round}");
        assert_eq!(log.count("cleaned a"), 1, "in round {round}");
    }
}

/// Counts for how many of the owners, each on a thread of its own, `let_go` returned true.
fn at_the_same_time(
    owners: usize,
    guard: AsyncDropGuard<Probe>,
    let_go: impl Fn(AsyncDropGuard<AsyncDropArc<Probe>>) -> bool + Sync,
) -> usize {
    let first = AsyncDropArc::new(guard);
    let mut all: Vec<_> = (1..owners).map(|_| AsyncDropArc::clone(&first)).collect();
    all.push(first);
    let barrier = Barrier::new(owners);
    let (barrier, let_go) = (&barrier, &let_go);
    std::thread::scope(|scope| {
        let threads: Vec<_> = all
            .into_iter()
            .map(|owner| {
                scope.spawn(move || {
                    barrier.wait();
                    let_go(owner)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .filter(|&last| last)
            .count()
    })
}

#[test]
fn owners_in_tasks_share_and_let_go_on_worker_threads() {
    multi_thread().block_on(async {
        let log = Log::new();
        let mut arc = AsyncDropArc::new(log.probe("a").yielding(1).guard());
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..64 {
            let mut owner = AsyncDropArc::clone(&arc);
            tasks.spawn(async move {
                assert_eq!(owner.name, "a");
                tokio::task::yield_now().await;
                owner.async_drop().await
            });
        }
        arc.async_drop().await.unwrap();
        for result in tasks.join_all().await {
            result.unwrap();
        }
        assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn cancelled_cleanup_of_the_last_owner_leaves_the_value_to_the_next_call() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut first = AsyncDropArc::new(log.probe("a").stuck_once().guard());
        let mut second = AsyncDropArc::clone(&first);
        first.async_drop().await.unwrap();
        cancel_at_first_await(second.async_drop());
        assert!(!second.is_dropped());
        assert_eq!(second.name, "a");
        assert_eq!(second.async_drop().await, Ok(()));
        assert_eq!(
            log.entries(),
            ["cleanup a", "cleanup a", "cleaned a", "drop a"]
        );
    });
}

#[test]
fn an_owner_cloned_from_a_cancelled_last_owner_becomes_the_last() {
    let log = Log::new();
    block_on(async {
        let mut first = AsyncDropArc::new(log.probe("a").stuck_once().guard());
        cancel_at_first_await(first.async_drop());
        let mut second = AsyncDropArc::clone(&first);
        first.async_drop().await.unwrap();
        assert_eq!(log.count("cleanup a"), 1);
        second.async_drop().await.unwrap();
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn into_inner_gives_up_the_share_and_the_last_owner_gets_the_guard() {
    let log = Log::new();
    let first = AsyncDropArc::new(log.guard("a"));
    let second = AsyncDropArc::clone(&first);
    assert!(AsyncDropArc::into_inner(first).is_none());
    assert_eq!(AsyncDropArc::strong_count(&second), 1);
    let mut guard = AsyncDropArc::into_inner(second).unwrap();
    assert!(log.entries().is_empty());
    block_on(guard.async_drop()).unwrap();
    assert_eq!(log.count("cleaned a"), 1);
}

#[test]
fn into_inner_after_cleanup_panics() {
    let mut arc = AsyncDropArc::new(Log::new().guard("a"));
    block_on(arc.async_drop()).unwrap();
    assert_eq!(
        panic_message(|| AsyncDropArc::into_inner(arc)),
        "Value already dropped"
    );
}

#[test]
fn use_after_cleanup_panics_also_while_other_owners_remain() {
    let mut first = AsyncDropArc::new(Log::new().guard("a"));
    let mut second = AsyncDropArc::clone(&first);
    block_on(first.async_drop()).unwrap();
    assert_eq!(panic_message(|| first.name), "Value already dropped");
    assert_eq!(
        panic_message(|| AsyncDropArc::clone(&first)),
        "Value already dropped"
    );
    assert_eq!(second.name, "a");
    block_on(second.async_drop()).unwrap();
}

#[test]
fn forgotten_owner_panics_with_its_own_origin_and_leaves_the_others_alone() {
    let log = Log::new();
    let mut first = AsyncDropArc::new(log.guard("a"));
    let line = line!() + 1;
    let second = AsyncDropArc::clone(&first);
    let (message, seen) = reports(|| panic_message(|| drop(second)));
    assert_eq!(
        message,
        format!(
            "Forgot to call async_drop on AsyncDropArc(AsyncDropGuard(Probe(a))) (type {}, guard made at {FILE}:{line}:18)",
            std::any::type_name::<AsyncDropArc<Probe>>(),
        )
    );
    assert!(seen.is_empty());
    assert_eq!(AsyncDropArc::strong_count(&first), 1);
    block_on(first.async_drop()).unwrap();
    assert_eq!(log.count("cleaned a"), 1);
}

#[test]
fn forgotten_last_owner_panics_and_the_value_is_reported() {
    let log = Log::new();
    let arc = AsyncDropArc::new(log.guard("a"));
    let (message, seen) = reports(|| panic_message(|| drop(arc)));
    assert!(message.starts_with("Forgot to call async_drop on AsyncDropArc("));
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].field("value"), "Probe(a)");
    assert_eq!(log.entries(), ["drop a"]);
}

/// `Send`, but not `Sync`: an arc of it stays on its thread.
#[derive(Debug)]
struct NotSync(Cell<u8>, Log);

#[async_trait]
impl AsyncDrop for NotSync {
    type Error = Never;

    async fn async_drop_impl(&mut self) -> Result<(), Never> {
        tokio::task::yield_now().await;
        self.1.push(format_args!("cleaned {}", self.0.get()));
        Ok(())
    }
}

#[test]
fn a_value_that_is_not_sync_is_shared_on_one_thread() {
    let log = Log::new();
    block_on(async {
        let guard = AsyncDropGuard::new(NotSync(Cell::new(0), log.clone()));
        let mut first = AsyncDropArc::new(guard);
        let mut second = AsyncDropArc::clone(&first);
        let tasks = tokio::task::LocalSet::new();
        tasks.spawn_local(async move {
            second.0.set(1);
            second.async_drop().await
        });
        tasks.await;
        first.0.set(first.0.get() + 1);
        first.async_drop().await.unwrap();
    });
    assert_eq!(log.entries(), ["cleaned 2"]);
}

#[test]
fn a_value_that_borrows_is_shared() {
    let log = Mutex::new(vec![]);
    block_on(async {
        let mut first = AsyncDropArc::new(AsyncDropGuard::new(Borrowing(&log)));
        let mut second = AsyncDropArc::clone(&first);
        first.async_drop().await.unwrap();
        second.async_drop().await.unwrap();
    });
    assert_eq!(log.into_inner().unwrap(), ["cleaned"]);
}

#[test]
fn owners_of_one_value_are_equal_by_pointer_and_counted() {
    let log = Log::new();
    let mut first = AsyncDropArc::new(log.guard("a"));
    let mut second = AsyncDropArc::clone(&first);
    let mut other = AsyncDropArc::new(log.guard("a"));
    assert_eq!(AsyncDropArc::strong_count(&first), 2);
    assert_eq!(AsyncDropArc::strong_count(&other), 1);
    assert!(AsyncDropArc::ptr_eq(&first, &second));
    assert!(!AsyncDropArc::ptr_eq(&first, &other));
    assert_eq!(AsyncDropArc::as_ptr(&first), AsyncDropArc::as_ptr(&second));
    assert!(std::ptr::eq(AsyncDropArc::as_ptr(&first), &**first));
    let borrowed: &Probe = (*first).borrow();
    assert!(std::ptr::eq(borrowed, &**second));
    block_on(async {
        first.async_drop().await.unwrap();
        assert_eq!(AsyncDropArc::strong_count(&second), 1);
        second.async_drop().await.unwrap();
        other.async_drop().await.unwrap();
    });
}

#[test]
fn an_arc_crosses_threads_when_its_value_does() {
    fn check<T: Send + Sync>(_: &T) {}
    let mut arc = AsyncDropArc::new(Log::new().guard("a"));
    check(&arc);
    let shared = Arc::new(&arc);
    check(&shared);
    block_on(arc.async_drop()).unwrap();
}
