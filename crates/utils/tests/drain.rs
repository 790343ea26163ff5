//! `drain`: what it waits for, what it says, that it keeps its deadline, and what is kept for it.
#![cfg(feature = "tokio")]
#![deny(warnings, clippy::all)]

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::{
    AsyncDrop, AsyncDropGuard, AsyncDropStack, CleanupTracker, armed_guards, closing, drain,
    open_all, set_forgotten_guard_hook, take_forgotten_guard_hook,
};
use futures_util::future::{join_all, select_all};
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(50);

/// The guards of the process are counted, so only one test at a time may make any.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // The runtime of the test before may have abandoned cleanups.
    drop(single().block_on(drain(LONG)));
    alone
}

/// Runs `test` on both flavours of runtime.
fn alone_on_both(test: impl AsyncFn()) {
    let _alone = alone();
    single().block_on(test());
    multi().block_on(test());
}

fn single() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn multi() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

#[derive(Debug)]
struct Value;

#[async_trait::async_trait]
impl AsyncDrop for Value {
    type Error = String;

    async fn async_drop_impl(&mut self) -> Result<(), String> {
        Ok(())
    }
}

#[derive(Debug)]
struct Other;

#[async_trait::async_trait]
impl AsyncDrop for Other {
    type Error = String;

    async fn async_drop_impl(&mut self) -> Result<(), String> {
        pending().await
    }
}

/// How many guards are armed, and of how many types and places.
fn armed() -> (usize, usize) {
    let armed = armed_guards();
    (armed.iter().map(|guards| guards.count()).sum(), armed.len())
}

#[test]
fn guards_are_counted_by_type_and_place_while_they_are_armed() {
    alone_on_both(async || {
        let mut three = [(); 3].map(|()| AsyncDropGuard::new_cancel_safe(Value));
        let one = AsyncDropGuard::new_cancel_safe(Value);
        assert_eq!(armed(), (4, 2));
        let most = armed_guards()[0];
        assert_eq!((most.count(), most.location().file()), (3, file!()));
        let place = most.location();
        assert_eq!(
            most.to_string(),
            format!("3 armed: drain::Value (guard made at {place})")
        );
        for value in &mut three {
            value.async_drop().await.unwrap();
            // Twice is once.
            value.async_drop().await.unwrap();
        }
        assert_eq!(armed(), (1, 1));
        drop(one);
        assert_eq!(armed(), (0, 0), "it is in the hands of a task");
        assert!(drain(LONG).await.is_clean());
    });
}

#[test]
fn one_place_that_makes_guards_of_two_types_is_counted_by_type() {
    fn make<T: AsyncDrop + std::fmt::Debug + Send + 'static>(value: T) -> AsyncDropGuard<T> {
        AsyncDropGuard::new_cancel_safe(value)
    }

    let _alone = alone();
    let (value, other) = (make(Value), make(Other));
    assert_eq!(armed(), (2, 2));
    let _ = (
        value.unsafe_into_inner_dont_drop(),
        other.unsafe_into_inner_dont_drop(),
    );
    assert_eq!(armed(), (0, 0));
}

#[test]
fn plain_guard_that_is_armed_leaves_a_report_clean() {
    alone_on_both(async || {
        let plain = AsyncDropGuard::new(Value);
        assert!(drain(LONG).await.is_clean());
        assert!(!plain.is_dropped());
        let mut cancel_safe = plain.cancel_safe();
        assert!(!drain(SHORT).await.is_clean());
        cancel_safe.async_drop().await.unwrap();
    });
}

#[test]
fn every_way_out_of_a_guard_is_counted_once() {
    alone_on_both(async || {
        let twice = AsyncDropGuard::new(Value).cancel_safe().cancel_safe();
        assert_eq!(armed(), (1, 1));
        let mut plain = twice.map_unsafe(|value| value);
        assert_eq!(armed(), (0, 0), "a plain one now");
        plain.async_drop().await.unwrap();
        let mut done = plain.cancel_safe();
        assert_eq!(armed(), (0, 0), "done");
        done.async_drop().await.unwrap();
        drop(done);
        let mut boxed = AsyncDropGuard::new_cancel_safe(Value).into_box();
        assert_eq!(armed(), (0, 0));
        boxed.async_drop().await.unwrap();
        drop(AsyncDropGuard::<Value>::new_invalid().cancel_safe());
        assert_eq!(armed(), (0, 0));
    });
    // Without a runtime it is forgotten, with a panic.
    let forgotten = AsyncDropGuard::new_cancel_safe(Value);
    assert_eq!(armed(), (1, 1));
    catch_unwind(AssertUnwindSafe(|| drop(forgotten))).unwrap_err();
    assert_eq!(armed(), (0, 0));
}

#[test]
fn value_of_a_scope_is_armed_from_its_body_to_the_end_of_its_cleanup() {
    alone_on_both(async || {
        let value = AsyncDropGuard::new(Value);
        let ended: Result<(), String> = with_async_drop!(value, {
            assert_eq!(armed(), (1, 1));
            Ok(())
        });
        ended.unwrap();
        assert_eq!(armed(), (0, 0));
        let slow = AsyncDropGuard::new(Other);
        let mut scope = Box::pin(async {
            let ended: Result<(), String> = with_async_drop!(slow, { Ok(()) });
            ended
        });
        let in_cleanup = tokio::time::timeout(SHORT, &mut scope).await;
        assert!(in_cleanup.is_err());
        assert_eq!(armed(), (1, 1), "in its cleanup");
        drop(scope);
        assert_eq!(armed(), (0, 0), "in the hands of a task");
        let report = drain(SHORT).await;
        assert_eq!(report.still_running.len(), 1);
        assert!(report.still_armed.is_empty());
    });
}

#[test]
fn what_constructors_have_made_is_armed_as_long_as_they_hold_it() {
    alone_on_both(async || {
        let opening = open_all((
            async { Ok::<_, String>(AsyncDropGuard::new(Value)) },
            async { pending::<Result<AsyncDropGuard<Value>, String>>().await },
        ));
        let mut opening = Box::pin(opening);
        assert!(tokio::time::timeout(SHORT, &mut opening).await.is_err());
        assert_eq!(armed(), (1, 1));
        drop(opening);
        assert_eq!(armed(), (0, 0));
        let made = AsyncDropStack::<String>::construct(async |stack| {
            let value = stack.push(AsyncDropGuard::new(Value));
            Ok(stack.take(value))
        });
        made.await.unwrap().async_drop().await.unwrap();
        assert_eq!(armed(), (0, 0));
        assert!(drain(LONG).await.is_clean());
    });
}

#[test]
fn aborted_tasks_that_the_runtime_has_not_dropped_yet_are_awaited() {
    alone_on_both(async || {
        for round in 0..300 {
            let task = tokio::spawn(async {
                let value = AsyncDropGuard::new(Value);
                let never: Result<(), String> = with_async_drop!(value, { pending().await });
                never
            });
            while armed() == (0, 0) {
                yield_now().await;
            }
            task.abort();
            let report = drain(LONG).await;
            assert!(report.is_clean(), "{report}");
            assert_eq!(report.finished.len(), 1, "round {round}");
        }
    });
}

#[test]
fn tracker_awaits_what_an_aborted_task_held_once_the_task_has_been_awaited() {
    alone_on_both(async || {
        let tracker = CleanupTracker::new();
        let held = AsyncDropGuard::new_cancel_safe(Value);
        let task = tokio::spawn(tracker.scope(async move {
            let _held = held;
            pending::<()>().await;
        }));
        yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        let report = tracker.drain(LONG).await;
        assert_eq!(report.finished.len(), 1, "{report}");
    });
}

#[test]
fn an_opening_in_an_aborted_task_that_the_runtime_has_not_dropped_yet_is_awaited() {
    alone_on_both(async || {
        for round in 0..300 {
            let (ask, asked) = tokio::sync::oneshot::channel();
            let (answer, answered) = tokio::sync::oneshot::channel();
            let task = tokio::spawn(AsyncDropGuard::acquire(async move {
                let _ = ask.send(());
                let answered: Result<(), _> = answered.await;
                answered.map(|()| AsyncDropGuard::new(Value))
            }));
            asked.await.unwrap();
            task.abort();
            answer.send(()).unwrap();
            drop(task); // and what it made, if it had the answer before it was aborted
            let report = drain(LONG).await;
            assert!(report.is_clean(), "{report}");
            assert_eq!(report.finished.len(), 1, "round {round}");
        }
        assert_eq!(armed(), (0, 0));
    });
}

/// Counts where it was opened, and where it was closed.
#[derive(Debug)]
struct Counted(Arc<[AtomicUsize; 2]>);

impl Counted {
    fn open(counts: &Arc<[AtomicUsize; 2]>) -> AsyncDropGuard<Self> {
        counts[0].fetch_add(1, Ordering::SeqCst);
        AsyncDropGuard::new(Self(Arc::clone(counts)))
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Counted {
    type Error = String;

    async fn async_drop_impl(&mut self) -> Result<(), String> {
        self.0[1].fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

#[test]
fn task_that_fails_beside_others_in_a_join_set_leaves_nothing_behind_drain() {
    alone_on_both(async || {
        for _ in 0..100 {
            let counts = Arc::default();
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..8 {
                let counts = Arc::clone(&counts);
                tasks.spawn(async move {
                    let value = Counted::open(&counts);
                    let never: Result<(), String> = with_async_drop!(value, { pending().await });
                    never
                });
            }
            tasks.spawn(async { Err("fails".to_owned()) });
            let _ = tasks.join_next().await;
            drop(tasks);
            let report = drain(LONG).await;
            assert!(report.is_clean(), "{report}");
            assert_eq!(armed(), (0, 0));
            let [opened, closed] = [0, 1].map(|count: usize| counts[count].load(Ordering::SeqCst));
            assert_eq!(opened, closed, "opened and closed");
        }
    });
}

#[test]
fn what_is_still_armed_at_the_deadline_is_named() {
    alone_on_both(async || {
        let mut held = AsyncDropGuard::new_cancel_safe(Value);
        let line = line!() - 1;
        let report = drain(SHORT).await;
        assert!(!report.is_clean());
        let [guards] = &report.still_armed[..] else {
            panic!("{report}");
        };
        assert_eq!((guards.count(), guards.location().line()), (1, line));
        assert!(guards.type_name().ends_with("::Value"));
        let words = report.to_string();
        assert!(
            words.contains("\nstill 1 armed: drain::Value (guard made at"),
            "{words}"
        );
        // A tracker of one's own does not wait for the guards of others.
        assert!(CleanupTracker::new().drain(LONG).await.is_clean());
        held.async_drop().await.unwrap();
        assert!(drain(LONG).await.is_clean());
    });
}

#[test]
fn drain_goes_on_when_the_last_guard_is_cleaned_up() {
    alone_on_both(async || {
        let mut held = AsyncDropGuard::new_cancel_safe(Value);
        let start = Instant::now();
        let cleaned = async {
            tokio::time::sleep(SHORT).await;
            held.async_drop().await.unwrap();
        };
        let drained = async { (drain(LONG).await, start.elapsed()) };
        let ((report, waited), ()) = tokio::join!(drained, cleaned);
        assert!(report.is_clean(), "{report}");
        assert!((SHORT..LONG / 2).contains(&waited), "{waited:?}");
    });
}

#[test]
fn task_without_a_guard_is_not_awaited() {
    alone_on_both(async || {
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let task = tokio::spawn(async { ended.await.is_ok() });
        let start = Instant::now();
        assert!(drain(LONG).await.is_clean());
        assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
        assert!(!task.is_finished());
        end.send(()).unwrap();
        assert!(task.await.unwrap());
    });
}

#[test]
fn task_is_awaited_as_long_as_it_holds_a_guard() {
    alone_on_both(async || {
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let value = AsyncDropGuard::new_cancel_safe(Value);
        let task = tokio::spawn(async {
            let worked: Result<(), String> = with_async_drop!(value, {
                tokio::time::sleep(SHORT).await;
                Ok(())
            });
            worked.unwrap();
            ended.await.is_ok()
        });
        let start = Instant::now();
        assert!(drain(LONG).await.is_clean());
        let waited = start.elapsed();
        assert!((SHORT..LONG / 2).contains(&waited), "{waited:?}");
        assert!(!task.is_finished());
        end.send(()).unwrap();
        assert!(task.await.unwrap());
    });
}

/// A cleanup that takes a while and never awaits.
#[derive(Debug)]
struct Busy;

#[async_trait::async_trait]
impl AsyncDrop for Busy {
    type Error = String;

    async fn async_drop_impl(&mut self) -> Result<(), String> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_micros(20) {
            std::hint::spin_loop();
        }
        Ok(())
    }
}

#[test]
fn drain_returns_at_its_deadline_though_no_cleanup_ever_awaits() {
    let _alone = alone();
    for runtime in [single(), multi()] {
        runtime.block_on(async {
            let guards: Vec<_> = (0..100_000)
                .map(|_| AsyncDropGuard::new_cancel_safe(Busy))
                .collect();
            // All of them at least 2 s of work, for the one task of this cancellation.
            drop(guards);
            let start = Instant::now();
            let report = drain(SHORT).await;
            let waited = start.elapsed();
            assert!(
                !report.still_running.is_empty(),
                "nothing was left to wait for"
            );
            assert!(waited < SHORT * 10, "{waited:?}");
        });
        // What is left is forgotten, and no news.
        set_forgotten_guard_hook(Box::new(|_| {}));
        drop(runtime);
        drop(take_forgotten_guard_hook());
    }
}

#[test]
fn scopes_dropped_side_by_side_that_never_await_keep_no_drain_from_its_deadline() {
    alone_on_both(async || {
        let scope = |_| async {
            let busy = AsyncDropGuard::new(Busy);
            let never: Result<(), String> = with_async_drop!(busy, { pending().await });
            never
        };
        let mut together = Box::pin(join_all((0..50_000).map(scope)));
        assert!(tokio::time::timeout(SHORT, &mut together).await.is_err());
        drop(together);
        let start = Instant::now();
        let report = drain(SHORT).await;
        let waited = start.elapsed();
        assert!(
            !report.still_running.is_empty(),
            "nothing was left to wait for"
        );
        assert!(waited < SHORT * 10, "{waited:?}");
        assert!(drain(LONG).await.still_running.is_empty());
    });
}

/// Has `tracker` see 3,000 cleanups end, beside those that hang.
async fn drop_many(tracker: &CleanupTracker, hanging: usize) {
    let guards: Vec<_> = (0..3_000)
        .map(|_| AsyncDropGuard::new_cancel_safe(Value))
        .collect();
    tracker.scope(async { drop(guards) }).await;
    while tracker.outstanding() > hanging {
        yield_now().await;
    }
}

async fn drop_one_that_hangs(tracker: &CleanupTracker) {
    let hangs = AsyncDropGuard::new_cancel_safe(Other);
    tracker.scope(async { drop(hangs) }).await;
}

#[test]
fn drains_that_are_cancelled_keep_no_more_than_drains_that_never_came() {
    alone_on_both(async || {
        let tracker = CleanupTracker::new();
        drop_one_that_hangs(&tracker).await;
        for _ in 0..5 {
            let mut cancelled = Box::pin(tracker.drain(LONG));
            assert!(
                tokio::time::timeout(SHORT / 10, &mut cancelled)
                    .await
                    .is_err()
            );
            drop_many(&tracker, 1).await;
        }
        let report = tracker.drain(Duration::ZERO).await;
        assert_eq!(
            (report.finished.len(), report.still_running.len()),
            (1_000, 1)
        );
    });
}

#[test]
fn drains_that_overlap_and_are_cancelled_keep_what_ended_since_the_oldest_of_them() {
    alone_on_both(async || {
        let tracker = CleanupTracker::new();
        drop_one_that_hangs(&tracker).await;
        let mut former = None;
        for _ in 0..5 {
            let mut drain = Box::pin(tracker.drain(LONG));
            assert!(tokio::time::timeout(SHORT / 10, &mut drain).await.is_err());
            // The former one is dropped while this one is under way.
            drop(former.replace(drain));
            drop_many(&tracker, 1).await;
        }
        let report = tracker.drain(Duration::ZERO).await;
        assert_eq!(report.finished.len(), 1_000 + 3_000);
        let next = tracker.drain(Duration::ZERO).await;
        assert!(next.finished.is_empty(), "told twice");
    });
}

#[test]
fn of_drains_at_the_same_time_the_first_to_return_tells_the_end() {
    alone_on_both(async || {
        drop(AsyncDropGuard::new_cancel_safe(Value));
        let drains = [(); 3].map(|()| Box::pin(drain(LONG)));
        let (first, _, others) = select_all(drains).await;
        assert_eq!(first.finished.len(), 1, "{first}");
        for other in join_all(others).await {
            assert!(other.finished.is_empty(), "told twice: {other}");
        }
    });
}

#[test]
fn failure_is_told_by_one_of_the_drains_at_the_time() {
    #[derive(Debug)]
    struct Fails;

    #[async_trait::async_trait]
    impl AsyncDrop for Fails {
        type Error = String;

        async fn async_drop_impl(&mut self) -> Result<(), String> {
            tokio::time::sleep(SHORT).await;
            Err("on purpose".to_owned())
        }
    }

    alone_on_both(async || {
        drop(AsyncDropGuard::new_cancel_safe(Fails));
        let (a, b, c) = tokio::join!(drain(LONG), drain(LONG), drain(LONG));
        assert_eq!(a.failed.len() + b.failed.len() + c.failed.len(), 1);
    });
}

#[test]
fn report_is_clean_beside_a_plain_guard_and_a_failure_outside_of_a_task() {
    alone_on_both(async || {
        let mut plain = AsyncDropGuard::new(Value);
        let close = async |()| Err::<(), _>("close".to_owned());
        let failed = with_async_drop!(_value = closing((), close), {
            Err::<(), _>("body".to_owned())
        });
        assert_eq!(failed, Err("body".to_owned()));
        assert!(drain(SHORT).await.is_clean());
        plain.async_drop().await.unwrap();
        let safe = AsyncDropGuard::new_cancel_safe(Value);
        assert!(!drain(SHORT).await.is_clean());
        drop(safe);
        assert!(drain(LONG).await.is_clean());
    });
}
