//! The counts of armed guards, and the drains that wait until none is.

use std::sync::Arc;

use loom::future::block_on;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use crate::explore::up_to_preemptions;
use crate::handover::handed_over::{Books, HandedOver};
use crate::handover::tracker::CleanupTracker;
use crate::handover::{Armed, drain};

/// Fails (a deadlock) when `disarm` looks for drains before it counts, and when a drain looks before it counts itself or before it
/// makes the future that it waits for.
#[test]
fn drain_is_woken_by_the_last_guard_with_3_preemptions() {
    up_to_preemptions(3, || {
        let armed = Armed::one();
        let other = thread::spawn({
            let armed = armed.clone();
            move || armed.disarm(1)
        });
        block_on(armed.none());
        other.join().unwrap();
    });
}

#[test]
fn two_drains_are_both_woken_with_2_preemptions() {
    up_to_preemptions(2, || {
        let armed = Armed::one();
        let other = thread::spawn({
            let armed = armed.clone();
            move || block_on(armed.none())
        });
        let last = thread::spawn({
            let armed = armed.clone();
            move || armed.disarm(1)
        });
        block_on(armed.none());
        other.join().unwrap();
        last.join().unwrap();
    });
}

/// Fails (it is armed) when a drain looks once: between its looks at two counts the guard has moved to the first.
#[test]
fn drain_waits_for_a_guard_that_changes_its_type_with_3_preemptions() {
    up_to_preemptions(3, || {
        let armed = Armed::one();
        let is_done = Arc::new(AtomicBool::new(false));
        let other = thread::spawn({
            let (armed, is_done) = (armed.clone(), is_done.clone());
            move || {
                armed.arm(0);
                armed.disarm(1);
                is_done.store(true, Ordering::SeqCst);
                armed.disarm(0);
            }
        });
        block_on(armed.none());
        assert!(is_done.load(Ordering::SeqCst), "it is armed");
        other.join().unwrap();
    });
}

/// Fails (told to nobody, or still running) when a guard that is dropped armed is counted as armed no longer before its cleanup
/// has been accepted, and when a drain does not look at the tasks behind its look at the guards.
#[test]
fn drain_awaits_a_guard_that_is_handed_over_meanwhile_with_3_preemptions() {
    up_to_preemptions(3, || {
        let (books, tracker, armed) = (
            Books::default(),
            CleanupTracker::of_a_process(),
            Armed::one(),
        );
        let dropper = thread::spawn({
            let (books, tracker, armed) = (books.clone(), tracker.clone(), armed.clone());
            move || {
                let cleanup = HandedOver::new(1, 0, books);
                let ticket = tracker.accept(cleanup.task);
                armed.disarm(1);
                ticket.record(block_on(cleanup.run()));
            }
        });
        let report = block_on(drain(&tracker, &armed));
        assert!(report.is_clean(), "{report}");
        assert_eq!(report.finished.len(), 1, "told to nobody");
        assert_eq!(books.read().run, [1]);
        dropper.join().unwrap();
    });
}
