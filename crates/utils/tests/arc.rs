//! Sharing a guarded value between owners.

mod common;

use std::borrow::Borrow;
use std::cell::Cell;
use std::convert::Infallible as Never;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_drop_utils::{AsyncDrop, AsyncDropArc, AsyncDropGuard};
use async_trait::async_trait;
use common::{
    Borrowing, Log, Probe, ProbeError, block_on, cancel_at_first_await, multi_thread,
    on_both_flavours, panic_message, reports, reports_of,
};
use futures_util::FutureExt;

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
    let (log, seen) = reports_of(async || {
        let log = Log::new();
        let mut first = AsyncDropArc::new(log.probe("a").failing().guard());
        let mut second = AsyncDropArc::clone(&first);
        assert_eq!(second.async_drop().await, Ok(()));
        assert_eq!(first.async_drop().await, Err(ProbeError("a")));
        assert_eq!(first.async_drop().await, Ok(()));
        log
    });
    assert_eq!(log.count("cleanup a"), 1);
    assert!(seen.is_empty());
}

#[test]
fn exactly_one_of_two_owners_that_let_go_at_the_same_time_is_last() {
    at_the_same_time(|mut owner| {
        let result = owner.async_drop().now_or_never();
        result.expect("there is nothing to wait for").is_err()
    });
}

#[test]
fn exactly_one_of_two_owners_that_unwrap_at_the_same_time_gets_the_guard() {
    at_the_same_time(|owner| match AsyncDropArc::into_inner(owner) {
        Some(mut guard) => {
            let result = guard.async_drop().now_or_never();
            result.expect("there is nothing to wait for").is_err()
        }
        None => false,
    });
}

/// Has two threads let go of one owner each, in lockstep, of one value after the other; `let_go` says whether it saw the
/// cleanup's error.
fn at_the_same_time(let_go: impl Fn(AsyncDropGuard<AsyncDropArc<Probe>>) -> bool + Sync) {
    const VALUES: usize = 20_000;
    let log = Log::new();
    let (here, there): (Vec<_>, Vec<_>) = (0..VALUES)
        .map(|_| {
            let owner = AsyncDropArc::new(log.probe("a").failing().guard());
            (AsyncDropArc::clone(&owner), owner)
        })
        .unzip();
    let arrived = AtomicUsize::new(0);
    let let_go_of_all = |owners: Vec<_>| {
        let mut last = Vec::with_capacity(VALUES);
        let _ended = Ended(&arrived);
        for (round, owner) in owners.into_iter().enumerate() {
            arrived.fetch_add(1, Ordering::SeqCst);
            let mut spins = 0;
            while arrived.load(Ordering::SeqCst) < 2 * (round + 1) {
                spins += 1;
                if spins % 100 == 0 {
                    std::thread::yield_now();
                }
                std::hint::spin_loop();
            }
            last.push(let_go(owner));
        }
        last
    };
    let (here, there) = std::thread::scope(|scope| {
        let there = scope.spawn(|| let_go_of_all(there));
        (let_go_of_all(here), there.join().unwrap())
    });
    for (round, (here, there)) in here.into_iter().zip(there).enumerate() {
        assert!(here != there, "here {here}, there {there} in round {round}");
    }
    assert_eq!(log.count("cleaned a"), VALUES);
}

/// Lets the other thread run on when this one panics.
struct Ended<'a>(&'a AtomicUsize);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(usize::MAX / 2, Ordering::SeqCst);
    }
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
