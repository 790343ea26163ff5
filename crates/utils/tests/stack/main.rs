//! The stack: last in, first out, whatever fails and wherever it is cancelled.

#[cfg(feature = "tokio")]
mod cancel_safe;
#[path = "../common/mod.rs"]
mod common;
mod construct;
#[cfg(feature = "tokio")]
#[path = "../common/drained.rs"]
mod drained;

use std::fmt::Debug;

use async_drop_utils::{
    AsyncDrop, AsyncDropDeferred, AsyncDropGuard, AsyncDropStack, with_async_drop,
};
use async_trait::async_trait;
use common::{
    Infallible, Log, Probe, ProbeError, block_on, cancel_at_first_await, on_both_flavours,
    panic_message, reports, reports_of,
};

const FILE: &str = file!();

type Stack = AsyncDropStack<ProbeError>;

/// A type other than [`Probe`], with an error of its own.
#[derive(Debug)]
struct Other(Probe);

#[derive(Debug)]
struct OtherError(ProbeError);

impl From<OtherError> for ProbeError {
    fn from(error: OtherError) -> Self {
        error.0
    }
}

#[async_trait]
impl AsyncDrop for Other {
    type Error = OtherError;

    async fn async_drop_impl(&mut self) -> Result<(), OtherError> {
        self.0.async_drop_impl().await.map_err(OtherError)
    }
}

/// Holds a probe `a`, an [`Other`] `b` and a deferred closure that logs `cleaned deferred`.
fn three(log: &Log) -> AsyncDropGuard<Stack> {
    let mut stack = Stack::new();
    stack.push(log.probe("a").yielding(1).guard());
    stack.push(AsyncDropGuard::new(Other(log.probe("b").yielding(1))));
    let deferred = log.clone();
    stack.defer(async move || {
        tokio::task::yield_now().await;
        deferred.push("cleaned deferred");
        Ok(())
    });
    stack
}

/// What the log says when all of [`three`] have been cleaned up, one after the other.
const LAST_IN_FIRST_OUT: [&str; 7] = [
    "cleaned deferred",
    "cleanup b",
    "cleaned b",
    "drop b",
    "cleanup a",
    "cleaned a",
    "drop a",
];

#[test]
fn guards_and_closures_are_cleaned_up_last_in_first_out() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut stack = three(&log);
        assert_eq!(stack.len(), 3);
        assert_eq!(stack.async_drop().await, Ok(()));
        assert_eq!(log.entries(), LAST_IN_FIRST_OUT);
    });
}

#[test]
fn held_guards_are_lent_and_taken_back() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut stack = Stack::new();
        let a = stack.push(log.guard("a"));
        let b = stack.push_with(AsyncDropGuard::new(Infallible(log.clone())), |e| match e {});
        assert_eq!(stack[&a].name, "a");
        stack[&a].name = "renamed";
        assert_eq!(stack.get(&a).unwrap().name, "renamed");
        stack.get_mut(&a).unwrap().name = "a";

        let mut a = stack.take(a);
        assert_eq!(stack.len(), 1);
        assert!(stack.get(&b).is_some());
        assert_eq!(stack.async_drop().await, Ok(()));
        assert_eq!(log.entries(), ["cleaned"]);
        assert_eq!(a.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn guard_that_was_taken_is_as_plain_as_it_came() {
    let message = panic_message(|| {
        let mut stack = Stack::new();
        let a = stack.push(Log::new().guard("a"));
        drop(stack.take(a));
    });
    assert!(message.starts_with("Forgot to call async_drop on Probe(a)"));
}

#[test]
fn guard_of_another_stack_is_not_held() {
    let (mut first, mut second) = (Stack::new(), Stack::new());
    let held = block_on(async {
        let held = first.push(Log::new().guard("a"));
        second.push(Log::new().guard("b"));
        assert!(second.get(&held).is_none());
        assert!(second.get_mut(&held).is_none());
        assert!(panic_message(|| &second[&held]).contains("does not hold"));
        first.async_drop().await.unwrap();
        held
    });
    assert!(panic_message(|| second.take(held)).contains("does not hold"));
    block_on(second.async_drop()).unwrap();
}

#[test]
fn guard_that_was_cleaned_up_early_is_left_alone() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut stack = Stack::new();
        let a = stack.push(log.guard("a"));
        stack[&a].async_drop().await.unwrap();
        assert_eq!(stack.async_drop().await, Ok(()));
        assert_eq!(log.count("cleanup a"), 1);
    });
}

#[test]
fn all_members_can_move_to_another_stack_and_keep_their_order_and_handles() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut stack = Stack::new();
        let a = stack.push(log.guard("a"));
        stack.push(log.guard("b"));
        let mut kept = stack.take_all();
        assert!(stack.is_empty());
        assert_eq!(stack.async_drop().await, Ok(()));
        kept.push(log.guard("c"));
        assert_eq!(kept[&a].name, "a");
        assert_eq!(kept.async_drop().await, Ok(()));
        assert_eq!(log.cleaned(), ["c", "b", "a"]);
    });
}

#[test]
fn failing_members_stop_no_other_and_all_but_the_first_error_are_reported() {
    let (log, reports) = reports_of(async || {
        let log = Log::new();
        let mut stack = Stack::new();
        stack.push(log.probe("a").failing().guard());
        stack.push(AsyncDropGuard::new(Other(log.probe("b").failing())));
        stack.push(log.guard("c"));
        stack.defer(async || Err(ProbeError("deferred")));
        stack.push(log.guard("d"));
        assert_eq!(stack.async_drop().await, Err(ProbeError("deferred")));
        log
    });
    assert_eq!(log.cleaned(), ["d", "c", "b", "a"]);
    assert_eq!(reports.len(), 2);
    reports[0].assert_cleanup_failed::<Other>(OtherError(ProbeError("b")), FILE);
    reports[1].assert_cleanup_failed::<Probe>(ProbeError("a"), FILE);
}

#[test]
fn cleanup_cancelled_half_way_goes_on_where_it_stood_and_unwinds_in_order() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut stack = three(&log);
        for _ in 0..3 {
            // Each member waits once: the closure, then `b`, then `a`.
            cancel_at_first_await(stack.async_drop());
        }
        assert!(!stack.is_dropped());
        assert_eq!(stack.async_drop().await, Ok(()));
        assert_eq!(log.entries(), LAST_IN_FIRST_OUT);
    });
}

#[test]
fn error_met_before_the_cleanup_was_cancelled_is_returned_by_the_next_call() {
    let ((), reports) = reports_of(async || {
        let log = Log::new();
        let mut stack = Stack::new();
        stack.push(log.probe("a").failing().guard());
        stack.push(log.probe("b").yielding(1).guard());
        stack.push(log.probe("c").failing().guard());
        cancel_at_first_await(stack.async_drop());
        assert_eq!(stack.async_drop().await, Err(ProbeError("c")));
    });
    assert_eq!(reports.len(), 1);
    reports[0].assert_cleanup_failed::<Probe>(ProbeError("a"), FILE);
}

#[test]
fn error_met_before_a_stack_is_abandoned_is_reported() {
    let (message, reports) = reports(|| {
        panic_message(|| {
            let mut stack = Stack::new();
            stack.push(Log::new().probe("b").stuck_once().guard());
            stack.push(Log::new().probe("c").failing().guard());
            cancel_at_first_await(stack.async_drop());
        })
    });
    assert!(message.starts_with("Forgot to call async_drop on [<cleanup under way>]"));
    assert_eq!(reports.len(), 2);
    assert!(reports[0].message.starts_with("cleanup skipped"));
    reports[1].assert_cleanup_failed::<Probe>(ProbeError("c"), FILE);
}

#[test]
fn panic_of_a_cleanup_goes_on_once_the_members_below_are_cleaned_up() {
    let log = Log::new();
    let mut stack = Stack::new();
    stack.push(log.guard("a"));
    stack.defer(async || panic!("broken"));
    assert_eq!(panic_message(|| block_on(stack.async_drop())), "broken");
    assert_eq!(log.count("cleaned a"), 1);
    assert!(stack.is_dropped());
    assert_eq!(block_on(stack.async_drop()), Ok(()));
}

#[test]
fn forgotten_stack_panics_and_names_what_it_holds() {
    let message = panic_message(|| {
        let mut stack = Stack::new();
        stack.push(Log::new().guard("a"));
    });
    assert!(
        message.starts_with("Forgot to call async_drop on [AsyncDropGuard(Probe(a))] (type "),
        "{message}"
    );
    assert!(message.contains(FILE));
}

#[test]
fn empty_stack_needs_no_cleanup() {
    drop(Stack::new());
}

#[test]
fn deferred_closure_is_called_once_however_often_it_is_cancelled() {
    on_both_flavours(async || {
        let log = Log::new();
        let calls = log.clone();
        let mut deferred = AsyncDropDeferred::new(async move || {
            calls.push("called");
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            Err::<(), _>("failed")
        });
        cancel_at_first_await(deferred.async_drop());
        cancel_at_first_await(deferred.async_drop());
        assert_eq!(deferred.async_drop().await, Err("failed"));
        assert_eq!(log.entries(), ["called"]);
        assert_eq!(deferred.async_drop().await, Ok(()));
    });
}

#[test]
fn dismissed_closure_is_not_called() {
    on_both_flavours(async || {
        let mut stack = Stack::new();
        let held = stack.defer(async || panic!("called"));
        stack.dismiss(held);
        assert_eq!(stack.async_drop().await, Ok(()));

        let mut done = AsyncDropDeferred::new(async || Ok::<(), ProbeError>(()));
        done.async_drop().await.unwrap();
        AsyncDropDeferred::dismiss(done);
    });
}

#[tokio::test]
async fn a_scope_of_a_stack_whose_error_is_a_boxed_one_runs_in_a_task() {
    type Error = Box<dyn std::error::Error + Send + Sync>;
    let scope = async {
        with_async_drop!(stack = AsyncDropStack::<Error>::new(), {
            stack.defer(async || Err("cannot be undone".into()));
            Ok::<_, Error>(())
        })
    };
    let ended = tokio::spawn(scope).await.unwrap();
    assert_eq!(ended.unwrap_err().to_string(), "cannot be undone");
}

#[test]
fn deferred_closure_can_be_shared_between_threads() {
    fn assert_send_and_sync<T: Send + Sync>() {}
    assert_send_and_sync::<AsyncDropGuard<AsyncDropDeferred<std::cell::Cell<u8>>>>();
}

/// How long one `take` lasts on the average when `count` guards are taken first in, first out; the best of three.
fn one_take_of(count: u32) -> f64 {
    let attempt = || {
        let mut stack = Stack::new();
        let guard = |_| stack.push(AsyncDropGuard::<Probe>::new_invalid());
        let held: Vec<_> = (0..count).map(guard).collect();
        let start = std::time::Instant::now();
        for held in held {
            drop(stack.take(held));
        }
        start.elapsed().as_secs_f64() / f64::from(count)
    };
    (0..3).map(|_| attempt()).fold(f64::INFINITY, f64::min)
}

#[test]
fn taking_first_in_first_out_costs_no_more_a_guard_on_a_tall_stack() {
    let ratio = one_take_of(64_000) / one_take_of(1_000);
    assert!(
        ratio < 8.0,
        "a take is {ratio:.1} times as slow with 64 times the guards"
    );
}
