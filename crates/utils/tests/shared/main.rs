//! A future that makes a guarded value, shared between clones.

#[path = "../common/mod.rs"]
mod common;
mod forgotten;
mod waking;

use std::cell::Cell;
use std::hash::{DefaultHasher, Hasher};
use std::marker::PhantomPinned;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_drop_utils::{AsyncDropArc, AsyncDropGuard, AsyncDropShared};
use common::{
    Borrowing, Log, Probe, ProbeError, block_on, cancel_at_first_await, multi_thread,
    on_both_flavours, panic_message, payload_message, reports, reports_of,
};
use futures_util::FutureExt;
use tokio::sync::oneshot;

/// Logs `made` when it has made its value, after yielding to the runtime `yields` times.
async fn make(probe: Probe, yields: usize) -> AsyncDropGuard<Probe> {
    for _ in 0..yields {
        tokio::task::yield_now().await;
    }
    probe.log().push("made");
    probe.guard()
}

fn poll_with<F: Future + Unpin>(waker: &Waker, future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_with(Waker::noop(), future)
}

/// Awaits each cleanup, which has to succeed, before the next.
macro_rules! clean_up {
    ($($guard:ident),+) => {
        $($guard.async_drop().await.unwrap();)+
    };
}

use clean_up;

/// What the log says when the value `a` has been made once and cleaned up once.
const ONCE: [&str; 4] = ["made", "cleanup a", "cleaned a", "drop a"];

#[test]
fn clones_run_the_future_once_and_share_its_value() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut first = AsyncDropShared::new(make(log.probe("a"), 2));
        let mut second = AsyncDropShared::clone(&first);
        let (mut a, mut b) = tokio::join!(&mut *first, &mut *second);
        assert!(AsyncDropArc::ptr_eq(&a, &b));
        clean_up!(a, first, b);
        assert_eq!(log.entries(), ["made"]);
        second.async_drop().await.unwrap();
        assert_eq!(log.entries(), ONCE);
    });
}

#[test]
fn arcs_that_outlive_the_clones_keep_the_value_and_the_last_of_them_cleans_up() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut shared = AsyncDropShared::new(make(log.probe("a"), 0));
        let mut a = (&mut *shared).await;
        let mut b = (&mut *shared).await;
        clean_up!(shared, a);
        assert_eq!(b.name, "a");
        assert_eq!(log.entries(), ["made"]);
        b.async_drop().await.unwrap();
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn awaiting_again_gives_another_arc_of_the_same_value() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut shared = AsyncDropShared::new(make(log.probe("a"), 1));
        let mut first = (&mut *shared).await;
        let mut second = (&mut *shared).await;
        assert!(AsyncDropArc::ptr_eq(&first, &second));
        clean_up!(first, second, shared);
        assert_eq!(log.count("made"), 1);
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn the_last_clone_drives_a_future_that_nobody_awaited_to_its_end_and_cleans_up() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut first = AsyncDropShared::new(make(log.probe("a"), 2));
        let mut second = AsyncDropShared::clone(&first);
        first.async_drop().await.unwrap();
        assert!(log.entries().is_empty());
        second.async_drop().await.unwrap();
        assert_eq!(log.entries(), ONCE);
    });
}

#[test]
fn the_last_clone_drives_a_future_that_was_cancelled_half_way_to_its_end() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut shared = AsyncDropShared::new(make(log.probe("a"), 2));
        assert!(poll_once(&mut *shared).is_pending());
        shared.async_drop().await.unwrap();
        assert_eq!(log.entries(), ONCE);
    });
}

#[test]
fn proper_cleanup_leaves_no_guard_behind() {
    let ((), seen) = reports_of(async || {
        let mut shared = AsyncDropShared::new(make(Log::new().probe("a"), 1));
        let mut other = AsyncDropShared::clone(&shared);
        let mut arc = (&mut *shared).await;
        clean_up!(arc, other, shared);
    });
    assert!(seen.is_empty());
}

#[test]
fn the_cleanup_error_goes_to_the_last_that_lets_go() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut shared = AsyncDropShared::new(make(log.probe("a").failing(), 0));
        let mut other = AsyncDropShared::clone(&shared);
        let mut arc = (&mut *shared).await;
        assert_eq!(shared.async_drop().await, Ok(()));
        assert_eq!(arc.async_drop().await, Ok(()));
        assert_eq!(other.async_drop().await, Err(ProbeError("a")));
        assert_eq!(other.async_drop().await, Ok(()));
    });
}

#[test]
fn a_clone_cancelled_in_the_middle_leaves_the_others_to_finish() {
    on_both_flavours(async || {
        let log = Log::new();
        let (open, gate) = oneshot::channel::<()>();
        let probe = log.probe("a");
        let mut first = AsyncDropShared::new(async move {
            gate.await.unwrap();
            make(probe, 1).await
        });
        let mut second = AsyncDropShared::clone(&first);
        cancel_at_first_await(&mut *first);
        let finished = async {
            let mut arc = (&mut *second).await;
            arc.async_drop().await
        };
        let cancelled = async {
            tokio::task::yield_now().await;
            open.send(()).unwrap();
            first.async_drop().await
        };
        let (a, b) = tokio::join!(finished, cancelled);
        a.and(b).unwrap();
        second.async_drop().await.unwrap();
        assert_eq!(log.count("made"), 1);
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn the_last_clone_cancelled_while_it_drives_goes_on_with_the_same_future() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut shared = AsyncDropShared::new(make(log.probe("a"), 2));
        cancel_at_first_await(shared.async_drop());
        assert!(!shared.is_dropped());
        assert!(shared.peek().is_none());
        cancel_at_first_await(shared.async_drop());
        shared.async_drop().await.unwrap();
        assert!(shared.is_dropped());
        assert_eq!(log.entries(), ONCE);
    });
}

#[test]
fn the_last_clone_cancelled_while_the_value_is_cleaned_up_goes_on() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut shared = AsyncDropShared::new(make(log.probe("a").stuck_once(), 0));
        cancel_at_first_await(shared.async_drop());
        assert!(!shared.is_dropped());
        assert_eq!(shared.peek().unwrap().name, "a");
        shared.async_drop().await.unwrap();
        assert_eq!(
            log.entries(),
            ["made", "cleanup a", "cleanup a", "cleaned a", "drop a"]
        );
    });
}

#[test]
fn a_clone_of_a_cancelled_last_clone_takes_its_place() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut first = AsyncDropShared::new(make(log.probe("a"), 1));
        cancel_at_first_await(first.async_drop());
        let mut second = AsyncDropShared::clone(&first);
        first.async_drop().await.unwrap();
        assert!(log.entries().is_empty());
        let mut arc = (&mut *second).await;
        clean_up!(second, arc);
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn peek_lends_the_arc_once_the_future_has_completed() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut first = AsyncDropShared::new(make(log.probe("a"), 1));
        let mut second = AsyncDropShared::clone(&first);
        assert!(first.peek().is_none());
        assert!(poll_once(&mut *first).is_pending());
        assert!(first.peek().is_none());
        let mut arc = (&mut *first).await;
        let mut peeked = AsyncDropArc::clone(second.peek().unwrap());
        assert!(AsyncDropArc::ptr_eq(&arc, &peeked));
        clean_up!(arc, peeked, first, second);
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn a_ready_value_is_there_at_once() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut shared: AsyncDropGuard<AsyncDropShared<Probe, std::future::Ready<_>>> =
            AsyncDropShared::new_ready(log.guard("a"));
        assert_eq!(shared.peek().unwrap().name, "a");
        let mut arc = (&mut *shared).await;
        shared.async_drop().await.unwrap();
        assert_eq!(arc.name, "a");
        arc.async_drop().await.unwrap();
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn clones_of_one_future_are_equal_by_pointer_and_counted() {
    let hash = |clone: &AsyncDropShared<_, _>| {
        let mut hasher = DefaultHasher::new();
        clone.ptr_hash(&mut hasher);
        hasher.finish()
    };
    on_both_flavours(async || {
        let log = Log::new();
        let mut first = AsyncDropShared::new(make(log.probe("a"), 0));
        let mut second = AsyncDropShared::clone(&first);
        let mut other = AsyncDropShared::new(make(log.probe("a"), 0));
        assert!(first.ptr_eq(&second));
        assert!(!first.ptr_eq(&other));
        assert_eq!(hash(&first), hash(&second));
        assert_ne!(hash(&first), hash(&other));
        assert_eq!(first.strong_count(), Some(2));
        let mut arc = (&mut *first).await;
        assert_eq!(first.strong_count(), Some(2), "arcs do not count");
        first.async_drop().await.unwrap();
        assert_eq!(second.strong_count(), Some(1));
        clean_up!(arc, second, other);
    });
}

#[test]
fn a_clone_says_in_its_debug_form_how_far_the_future_is() {
    on_both_flavours(async || {
        let mut shared = AsyncDropShared::new(make(Log::new().probe("a"), 0));
        assert_eq!(format!("{:?}", *shared), "AsyncDropShared(<unfinished>)");
        let mut arc = (&mut *shared).await;
        assert_eq!(
            format!("{:?}", *shared),
            "AsyncDropShared(AsyncDropGuard(AsyncDropArc(AsyncDropGuard(Probe(a)))))"
        );
        clean_up!(arc, shared);
    });
}

#[test]
fn a_future_that_awaits_a_clone_of_itself_is_pending_and_does_not_block_its_thread() {
    type Boxed = Pin<Box<dyn Future<Output = AsyncDropGuard<Probe>> + Send>>;
    type Clone = AsyncDropGuard<AsyncDropShared<Probe, Boxed>>;
    let log = Log::new();
    let own = Arc::new(Mutex::new(None::<Clone>));
    let future: Boxed = {
        let (own, log) = (Arc::clone(&own), log.clone());
        Box::pin(async move {
            let mut clone = own.lock().unwrap().take().unwrap();
            assert!(poll_once(&mut *clone).is_pending());
            clone.async_drop().await.unwrap();
            log.guard("a")
        })
    };
    let mut shared = AsyncDropShared::new(future);
    *own.lock().unwrap() = Some(AsyncDropShared::clone(&shared));
    block_on(async {
        let mut arc = (&mut *shared).await;
        clean_up!(arc, shared);
    });
    assert_eq!(log.count("cleaned a"), 1);
}

#[test]
fn a_future_that_borrows_and_is_not_unpin_is_shared() {
    fn check<T: Future + Unpin + Send + Sync>(_: &T) {}
    let log = Mutex::new(vec![]);
    let runs = Mutex::new(0);
    let future = async {
        let pinned = PhantomPinned;
        tokio::task::yield_now().await;
        *runs.lock().unwrap() += 1;
        let _pinned = pinned;
        AsyncDropGuard::new(Borrowing(&log))
    };
    block_on(async {
        let mut first = AsyncDropShared::new(future);
        check(&*first);
        let mut second = AsyncDropShared::clone(&first);
        let mut arc = (&mut *second).await;
        clean_up!(arc, first, second);
    });
    assert_eq!(*runs.lock().unwrap(), 1);
    assert_eq!(log.into_inner().unwrap(), ["cleaned"]);
}

#[test]
fn a_future_that_is_not_sync_is_shared_between_threads() {
    multi_thread().block_on(async {
        let log = Log::new();
        let probe = log.probe("a");
        let mut first = AsyncDropShared::new(async move {
            let steps = Cell::new(0);
            while steps.get() < 3 {
                tokio::task::yield_now().await;
                steps.set(steps.get() + 1);
            }
            probe.guard()
        });
        let mut second = AsyncDropShared::clone(&first);
        let task = tokio::spawn(async move {
            let mut arc = (&mut *second).await;
            arc.async_drop().await.unwrap();
            second.async_drop().await
        });
        let mut arc = (&mut *first).await;
        clean_up!(arc, first);
        task.await.unwrap().unwrap();
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn use_after_cleanup_panics() {
    let mut shared = AsyncDropShared::new(make(Log::new().probe("a"), 0));
    block_on(shared.async_drop()).unwrap();
    let message = panic_message(|| AsyncDropShared::clone(&shared));
    assert_eq!(message, "Value already dropped");
    let message = panic_message(|| block_on(async { pin!(&mut *shared).await }));
    assert_eq!(message, "Value already dropped");
}
