//! Stacks and deferred closures that are dropped armed.

use super::drained::drained;
use super::*;

#[test]
fn stack_of_cancel_safe_members_hands_them_over_last_in_first_out() {
    on_both_flavours(async || {
        let log = Log::new();
        drained(async {
            let mut stack = Stack::new();
            stack.push(log.probe("a").yielding(3).guard().cancel_safe());
            stack.push(log.probe("b").yielding(2).guard().cancel_safe());
            let deferred = log.clone();
            stack.defer(async move || {
                tokio::task::yield_now().await;
                deferred.push("cleaned deferred");
                Ok(())
            });
            drop(stack);
        })
        .await;
        assert_eq!(log.cleaned(), ["deferred", "b", "a"]);
    });
}

#[test]
fn one_plain_member_makes_the_stack_a_forgotten_one() {
    let message = panic_message(|| {
        block_on(drained(async {
            let mut stack = Stack::new();
            stack.push(Log::new().guard("a"));
            stack.push(Log::new().guard("b").cancel_safe());
            drop(stack);
        }))
    });
    assert!(message.starts_with("Forgot to call async_drop on [AsyncDropGuard(Probe(a)), "));
}

#[test]
fn stack_dropped_after_its_cleanup_was_cancelled_still_unwinds_in_order() {
    on_both_flavours(async || {
        let log = Log::new();
        drained(async {
            let mut stack = Stack::new();
            stack.push(log.guard("a").cancel_safe());
            stack.push(log.probe("b").stuck_once().guard().cancel_safe());
            stack.push(log.guard("c").cancel_safe());
            cancel_at_first_await(stack.async_drop());
            drop(stack);
        })
        .await;
        assert_eq!(log.cleaned(), ["c", "b", "a"]);
    });
}

#[test]
fn stack_made_cancel_safe_unwinds_in_a_task_whatever_it_holds() {
    on_both_flavours(async || {
        let log = Log::new();
        let finished = drained(async { drop(three(&log).cancel_safe()) }).await;
        assert_eq!(finished.len(), 1);
        assert_eq!(log.cleaned(), ["deferred", "b", "a"]);
    });
}

#[test]
fn dismissed_closure_is_not_handed_over_either() {
    on_both_flavours(async || {
        let finished = drained(async {
            let mut stack = Stack::new();
            let held = stack.defer(async || panic!("called"));
            stack.dismiss(held);
        })
        .await;
        assert!(finished.is_empty());
    });
}

#[test]
fn deferred_closure_cut_off_half_way_goes_on_in_a_task() {
    on_both_flavours(async || {
        let log = Log::new();
        let calls = log.clone();
        drained(async {
            let mut deferred = AsyncDropDeferred::new(async move || {
                calls.push("called");
                tokio::task::yield_now().await;
                calls.push("done");
                Ok::<(), ProbeError>(())
            });
            cancel_at_first_await(deferred.async_drop());
        })
        .await;
        assert_eq!(log.entries(), ["called", "done"]);
    });
}
