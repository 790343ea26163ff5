//! `cleanup_error_is_reported`: where a cleanup knows that nobody will be given its error.
#![cfg(feature = "tokio")]
#![deny(warnings, clippy::all)]

mod common;

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::{
    AsyncDrop, AsyncDropGuard, AsyncDropHashMap, AsyncDropStack, CleanupTracker, SyncDrop,
    async_drop_concurrently, async_drop_in_order, cleanup_error_is_reported, closing,
    flatten_async_drop, open_all, with_async_drop_2,
};
use common::{Log, ProbeError, cancel_at_first_await, on_both_flavours};
use tokio::task::yield_now;

/// Logs what its cleanup knows of its error, before and behind an await: `NAME returned`, `NAME reported`.
#[derive(Debug)]
struct Asks {
    name: &'static str,
    log: Log,
    fails: bool,
}

impl Asks {
    #[track_caller]
    fn new(log: &Log, name: &'static str) -> AsyncDropGuard<Self> {
        AsyncDropGuard::new(Self {
            name,
            log: log.clone(),
            fails: false,
        })
    }

    #[track_caller]
    fn failing(log: &Log, name: &'static str) -> AsyncDropGuard<Self> {
        let mut guard = Self::new(log, name);
        guard.fails = true;
        guard
    }
}

fn ask(log: &Log, name: &str) {
    let known = if cleanup_error_is_reported() {
        "reported"
    } else {
        "returned"
    };
    log.push(format_args!("{name} {known}"));
}

#[async_trait::async_trait]
impl AsyncDrop for Asks {
    type Error = ProbeError;

    async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
        ask(&self.log, self.name);
        yield_now().await;
        ask(&self.log, self.name);
        if self.fails {
            Err(ProbeError(self.name))
        } else {
            Ok(())
        }
    }
}

/// What each of `names` was told, twice.
fn told(names: &[&str]) -> Vec<String> {
    let twice = names.iter().flat_map(|said| [*said, *said]);
    twice.map(str::to_owned).collect()
}

async fn drained(tracker: &CleanupTracker) {
    let report = tracker.drain(Duration::from_secs(60)).await;
    assert!(report.still_running.is_empty(), "{report}");
}

#[test]
fn cleanup_that_somebody_awaits_is_returned() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut a = Asks::new(&log, "a");
        a.async_drop().await.unwrap();
        let b = Asks::new(&log, "b");
        let _: Result<(), ProbeError> = with_async_drop!(b, { Ok(()) });
        let c = Asks::new(&log, "c");
        let _: Result<(), ProbeError> = with_async_drop_2!(c, { Ok(()) });
        let d = Asks::new(&log, "d");
        let _: Result<(), ProbeError> = with_async_drop(d, async |_| Ok(())).await;
        let expected = told(&["a returned", "b returned", "c returned", "d returned"]);
        assert_eq!(log.entries(), expected);
    });
}

#[test]
fn cleanup_in_a_drop_is_reported_also_while_the_thread_panics_and_what_follows_is_not() {
    on_both_flavours(async || {
        let log = Log::new();
        drop(SyncDrop::new(Asks::new(&log, "a")));
        let unwinds = catch_unwind(AssertUnwindSafe(|| {
            let _b = SyncDrop::new(Asks::failing(&log, "b"));
            panic!("test");
        }));
        assert!(unwinds.is_err());
        Asks::new(&log, "c").async_drop().await.unwrap();
        let expected = told(&["a reported", "b reported", "c returned"]);
        assert_eq!(log.entries(), expected);
    });
    let log = Log::new();
    drop(SyncDrop::new(Asks::new(&log, "outside of a runtime")));
    assert_eq!(log.entries(), told(&["outside of a runtime reported"]));
}

#[test]
fn cleanup_behind_a_body_that_failed_is_reported_and_what_follows_is_not() {
    on_both_flavours(async || {
        let log = Log::new();
        let failed = || Err::<(), _>(ProbeError("body"));
        let a = Asks::new(&log, "a");
        with_async_drop!(a, { failed() }).unwrap_err();
        let b = Asks::new(&log, "b");
        with_async_drop_2!(b, { failed() }).unwrap_err();
        let c = Asks::new(&log, "c");
        with_async_drop(c, async |_| failed()).await.unwrap_err();
        Asks::new(&log, "d").async_drop().await.unwrap();
        let expected = told(&["a reported", "b reported", "c reported", "d returned"]);
        assert_eq!(log.entries(), expected);
    });
}

#[test]
fn of_scopes_in_each_other_the_outer_ones_know_of_the_inner_ones_failure() {
    on_both_flavours(async || {
        let log = Log::new();
        let failed: Result<(), ProbeError> = with_async_drop!(
            _a = Asks::new(&log, "a"),
            _b = Asks::failing(&log, "b"),
            _c = Asks::new(&log, "c"),
            { Ok(()) }
        );
        assert_eq!(failed, Err(ProbeError("b")));
        let expected = told(&["c returned", "b returned", "a reported"]);
        assert_eq!(log.entries(), expected);
    });
}

#[test]
fn guard_that_is_handed_over_is_reported() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        tracker
            .scope(async {
                drop(Asks::new(&log, "bare").cancel_safe());
                let scoped = Asks::new(&log, "scoped");
                cancel_at_first_await(async {
                    let _: Result<(), ProbeError> = with_async_drop!(scoped, { pending().await });
                });
            })
            .await;
        drained(&tracker).await;
        let mut entries = log.entries();
        entries.sort();
        assert_eq!(entries, told(&["bare reported", "scoped reported"]));
    });
}

#[test]
fn cleanup_that_is_cut_off_learns_on_the_way_that_nobody_waits_any_more() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let a = Asks::new(&log, "a");
        tracker
            .scope(async {
                cancel_at_first_await(async {
                    let _: Result<(), ProbeError> = with_async_drop!(a, { Ok(()) });
                });
            })
            .await;
        drained(&tracker).await;
        assert_eq!(log.entries(), ["a returned", "a reported"]);
    });
}

#[test]
fn values_cleaned_up_in_order_know_that_an_earlier_one_failed() {
    on_both_flavours(async || {
        let log = Log::new();
        let (mut a, mut c) = (Asks::new(&log, "a"), Asks::new(&log, "c"));
        let mut list = vec![
            Asks::new(&log, "b1"),
            Asks::failing(&log, "b2"),
            Asks::new(&log, "b3"),
        ];
        let failed: Result<(), ProbeError> = async_drop_in_order!(a, list, c);
        assert_eq!(failed, Err(ProbeError("b2")));
        let of_members = ["a returned", "b1 returned", "b2 returned", "b3 reported"];
        assert_eq!(log.entries()[..8], told(&of_members));
        assert_eq!(log.entries()[8..], told(&["c reported"]));

        let log = Log::new();
        let tuple = (Asks::failing(&log, "first"), Asks::new(&log, "second"));
        let mut tuple = AsyncDropGuard::new(tuple);
        tuple.async_drop().await.unwrap_err();
        let expected = told(&["first returned", "second reported"]);
        assert_eq!(log.entries(), expected);
    });
}

#[cfg(feature = "derive")]
#[test]
fn members_know_that_the_types_own_cleanup_or_an_earlier_member_failed() {
    #[derive(Debug, AsyncDrop)]
    #[async_drop(with = Self::refuse, error = ProbeError)]
    struct Refusing(AsyncDropGuard<Asks>);

    impl Refusing {
        async fn refuse(&mut self) -> Result<(), ProbeError> {
            Err(ProbeError("own"))
        }
    }

    #[derive(Debug, AsyncDrop)]
    #[async_drop(with = Self::refuse, error = ProbeError, concurrent)]
    struct RefusingConcurrently(AsyncDropGuard<Asks>);

    impl RefusingConcurrently {
        async fn refuse(&mut self) -> Result<(), ProbeError> {
            Err(ProbeError("own"))
        }
    }

    #[derive(Debug, AsyncDrop)]
    struct InOrder(AsyncDropGuard<Asks>, Option<AsyncDropGuard<Asks>>);

    on_both_flavours(async || {
        let log = Log::new();
        let mut first = AsyncDropGuard::new(Refusing(Asks::new(&log, "a")));
        assert_eq!(first.async_drop().await, Err(ProbeError("own")));
        let mut second = AsyncDropGuard::new(RefusingConcurrently(Asks::new(&log, "b")));
        assert_eq!(second.async_drop().await, Err(ProbeError("own")));
        let members = InOrder(Asks::failing(&log, "c"), Some(Asks::new(&log, "d")));
        let mut third = AsyncDropGuard::new(members);
        assert_eq!(third.async_drop().await, Err(ProbeError("c")));
        let expected = told(&["a reported", "b reported", "c returned", "d reported"]);
        assert_eq!(log.entries(), expected);
    });
}

#[test]
fn values_cleaned_up_concurrently_do_not_know_which_error_is_returned() {
    on_both_flavours(async || {
        let log = Log::new();
        let (mut a, mut b) = (Asks::failing(&log, "a"), Asks::failing(&log, "b"));
        let failed: Result<(), ProbeError> = async_drop_concurrently!(a, b);
        assert_eq!(failed, Err(ProbeError("a")));
        let (c, d) = (Asks::failing(&log, "c"), Asks::failing(&log, "d"));
        let failed: Result<(), ProbeError> = with_async_drop!(c, d, { Ok(()) });
        assert_eq!(failed, Err(ProbeError("c")));
        // Not even where the one that is returned has failed before.
        let first = Asks::failing(&log, "first");
        let slow = AsyncDropGuard::new(Slow(5, Asks::failing(&log, "slow")));
        let failed: Result<(), ProbeError> = with_async_drop!(first, slow, { Ok(()) });
        assert_eq!(failed, Err(ProbeError("first")));
        let is_returned = |said: &String| said.ends_with("returned");
        assert!(log.entries().iter().all(is_returned), "{:?}", log.entries());
    });
}

#[test]
fn map_returns_the_first_error_in_time_and_later_ones_know() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut map = AsyncDropHashMap::new();
        let failing = AsyncDropGuard::new(Slow(0, Asks::failing(&log, "fast")));
        let slow = AsyncDropGuard::new(Slow(5, Asks::new(&log, "slow")));
        let _ = map.insert("fast", failing);
        let _ = map.insert("slow", slow);
        map.async_drop().await.unwrap_err();
        assert_eq!(log.entries(), told(&["fast returned", "slow reported"]));
    });
}

/// Cleans up after some awaits.
#[derive(Debug)]
struct Slow(usize, AsyncDropGuard<Asks>);

#[async_trait::async_trait]
impl AsyncDrop for Slow {
    type Error = ProbeError;

    async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
        for _ in 0..self.0 {
            yield_now().await;
        }
        self.1.async_drop().await
    }
}

#[test]
fn stack_returns_the_error_of_its_top_and_those_below_know() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut stack = AsyncDropStack::<ProbeError>::new();
        let _ = stack.push(Asks::new(&log, "below"));
        let _ = stack.push(Asks::failing(&log, "middle"));
        let _ = stack.push(Asks::new(&log, "top"));
        stack.async_drop().await.unwrap_err();
        let expected = told(&["top returned", "middle returned", "below reported"]);
        assert_eq!(log.entries(), expected);
    });
}

#[test]
fn what_an_opening_that_failed_takes_back_is_reported() {
    on_both_flavours(async || {
        let log = Log::new();
        let asks = |name| Asks::new(&log, name);
        let refused = || Err::<AsyncDropGuard<Asks>, _>(ProbeError("refused"));
        open_all((async { Ok(asks("all")) }, async { refused() }))
            .await
            .unwrap_err();
        flatten_async_drop::<ProbeError, _, _, _, _>(Ok(asks("flatten")), refused())
            .await
            .unwrap_err();
        let constructed = AsyncDropStack::<ProbeError>::construct(async |stack| {
            let _ = stack.push(asks("stack"));
            refused()
        });
        constructed.await.unwrap_err();
        let value = asks("init").unsafe_into_inner_dont_drop();
        AsyncDropGuard::init(value, async |_| Err(ProbeError("refused")))
            .await
            .unwrap_err();
        let expected = [
            "all reported",
            "flatten reported",
            "stack reported",
            "init reported",
        ];
        assert_eq!(log.entries(), told(&expected));
    });
}

#[test]
fn cleanup_inside_one_that_is_reported_inherits_that_and_a_closure_knows_too() {
    on_both_flavours(async || {
        let log = Log::new();
        let inner = Asks::new(&log, "inner");
        let outer = closing((inner, log.clone()), async |(inner, log)| {
            ask(&log, "outer");
            with_async_drop!(inner, { Ok::<_, ProbeError>(()) })?;
            ask(&log, "outer");
            Ok(())
        });
        with_async_drop!(outer, { Err::<(), _>(ProbeError("body")) }).unwrap_err();
        let expected = [
            "outer reported",
            "inner reported",
            "inner reported",
            "outer reported",
        ];
        assert_eq!(log.entries(), expected);
    });
}

#[test]
fn panic_in_a_reported_cleanup_ends_with_it() {
    on_both_flavours(async || {
        let panics = closing((), async |()| -> Result<(), ProbeError> { panic!("a bug") });
        let task = tokio::spawn(async {
            let result: Result<(), _> = with_async_drop!(panics, { Err(ProbeError("body")) });
            result
        });
        assert!(task.await.unwrap_err().is_panic());
        assert!(!cleanup_error_is_reported());
    });
}

#[test]
fn task_that_a_reported_cleanup_spawns_and_awaits_is_another_matter() {
    on_both_flavours(async || {
        let log = Log::new();
        let inner = Asks::new(&log, "inner");
        let outer = closing(inner, async |mut inner| {
            let task = tokio::spawn(async move { inner.async_drop().await });
            task.await.expect("it does not panic")
        });
        with_async_drop!(outer, { Err::<(), _>(ProbeError("body")) }).unwrap_err();
        assert_eq!(log.entries(), told(&["inner returned"]));
    });
}
