//! The tracker: cleanups handed over, run in order by one task, and awaited by drains.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use loom::future::block_on;
use loom::thread;

use crate::explore::up_to_preemptions;
use crate::handover::drain_report::DrainReport;
use crate::handover::handed_over::{Books, HandedOver, Written};
use crate::handover::tracker::{CleanupTracker, Ticket};
use crate::runtime::Handle;
use crate::tree::Queue;

const NEVER: Duration = Duration::MAX;

type Item = (HandedOver, Ticket);

/// Drops a guard for each of these cleanups armed, one after the other, in one cancellation.
fn drop_guards(
    tracker: &CleanupTracker,
    handle: Handle,
    cleanups: impl IntoIterator<Item = HandedOver>,
) {
    let mut event: Option<Arc<Queue<Item>>> = None;
    for cleanup in cleanups {
        let ticket = tracker.accept(cleanup.task);
        let mut item = (cleanup, ticket);
        if let Some(queue) = &event {
            match queue.push(item) {
                Ok(()) => continue,
                Err(back) => item = back,
            }
        }
        let queue = Arc::new(Queue::with(item));
        event = Some(Arc::clone(&queue));
        handle.spawn(work(Closed(queue)));
    }
}

/// Stands for the task of an event: runs what arrives, in order.
async fn work(queue: Closed) {
    loop {
        let arrived = poll_fn(|context| Poll::Ready(queue.0.take(context.waker()))).await;
        for (cleanup, ticket) in arrived {
            ticket.record(cleanup.run().await);
        }
        if queue.0.close_if_empty() {
            return;
        }
    }
}

struct Closed(Arc<Queue<Item>>);

impl Drop for Closed {
    fn drop(&mut self) {
        drop(self.0.close());
    }
}

impl Books {
    /// Drops that many guards armed, one after the other, in one cancellation.
    fn drop_guards(
        &self,
        tracker: &CleanupTracker,
        handle: Handle,
        numbers: impl IntoIterator<Item = usize>,
    ) {
        let cleanup = |number| HandedOver::new(number, 0, self.clone());
        drop_guards(tracker, handle, numbers.into_iter().map(cleanup));
    }

    /// The same with two, the first of which has a cleanup that returns pending once.
    fn drop_guards_the_first_slow(
        &self,
        tracker: &CleanupTracker,
        handle: Handle,
        [first, second]: [usize; 2],
    ) {
        let cleanups = [(first, 1), (second, 0)];
        let cleanup = |(number, polls)| HandedOver::new(number, polls, self.clone());
        drop_guards(tracker, handle, cleanups.map(cleanup));
    }
}

fn drain(tracker: &CleanupTracker) -> DrainReport {
    block_on(tracker.drain(NEVER))
}

fn run(numbers: impl Into<Vec<usize>>) -> Written {
    Written {
        run: numbers.into(),
        forgotten: vec![],
    }
}

fn finished(report: &DrainReport) -> Vec<usize> {
    report.finished.iter().map(|task| task.number).collect()
}

/// Fails (the second cleanup is never run, and the drain goes on for ever) when `Queue::close_if_empty` closes later than under the
/// lock under which it found the queue empty.
#[test]
fn guards_dropped_while_the_worker_ends_are_cleaned_up_in_order_with_3_preemptions() {
    up_to_preemptions(3, || {
        let (books, tracker) = (Books::default(), CleanupTracker::of_a_process());
        books.drop_guards(&tracker, Handle::that_stays(), [1, 2]);
        let report = drain(&tracker);
        assert!(report.is_clean(), "{report}");
        assert_eq!(tracker.outstanding(), 0);
        assert_eq!(books.read(), run([1, 2]));
    });
}

/// Fails when `accept` takes its token after the cleanup is outstanding (the drain spins meanwhile), and when `drain` ends
/// without looking again at what is outstanding (still running before the deadline).
#[test]
fn a_drain_awaits_what_another_thread_is_handing_over_with_3_preemptions() {
    up_to_preemptions(3, || {
        let (books, tracker) = (Books::default(), CleanupTracker::of_a_process());
        let dropper = thread::spawn({
            let (books, tracker) = (books.clone(), tracker.clone());
            move || books.drop_guards(&tracker, Handle::that_stays(), [1])
        });
        let during = drain(&tracker);
        assert!(during.is_clean(), "the deadline has not passed: {during}");
        dropper.join().unwrap();
        let after = drain(&tracker);
        assert!(after.is_clean(), "{after}");
        let told = [finished(&during), finished(&after)].concat();
        assert_eq!(told, [1], "each end is told once");
        assert_eq!(books.read(), run([1]));
    });
}

#[test]
fn cleanups_of_two_tasks_are_all_run_and_awaited_with_2_preemptions() {
    up_to_preemptions(2, || {
        let (books, tracker) = (Books::default(), CleanupTracker::of_a_process());
        let dropper = thread::spawn({
            let (books, tracker) = (books.clone(), tracker.clone());
            move || books.drop_guards(&tracker, Handle::that_stays(), [2])
        });
        books.drop_guards(&tracker, Handle::that_stays(), [1]);
        dropper.join().unwrap();
        let report = drain(&tracker);
        assert!(report.is_clean(), "{report}");
        let mut written = books.read();
        written.run.sort_unstable();
        assert_eq!(written, run([1, 2]));
    });
}

/// Fails (told again) when a drain counts as under way after it has made its report.
#[test]
fn two_drains_at_once_both_return_and_see_what_ends_meanwhile_with_2_preemptions() {
    up_to_preemptions(2, || {
        let (books, tracker) = (Books::default(), CleanupTracker::of_a_process());
        books.drop_guards(&tracker, Handle::that_stays(), [1]);
        let other = thread::spawn({
            let tracker = tracker.clone();
            move || drain(&tracker)
        });
        let here = drain(&tracker);
        let there = other.join().unwrap();
        assert!(here.is_clean() && there.is_clean(), "{here}\n{there}");
        assert_eq!(finished(&here).len() + finished(&there).len(), 1);
        assert!(finished(&drain(&tracker)).is_empty(), "told again");
        assert_eq!(books.read(), run([1]));
    });
}

#[test]
fn a_drain_whose_deadline_passes_names_what_it_did_not_see_end_with_3_preemptions() {
    up_to_preemptions(3, || {
        let (books, tracker) = (Books::default(), CleanupTracker::of_a_process());
        books.drop_guards(&tracker, Handle::that_stays(), [1]);
        let hasty = block_on(tracker.drain(Duration::ZERO));
        assert!(hasty.failed.is_empty());
        let last = drain(&tracker);
        assert!(last.is_clean(), "{last}");
        let running: Vec<usize> = hasty.still_running.iter().map(|task| task.number).collect();
        let told = finished(&hasty);
        assert_eq!([&*told, &*running].concat(), [1], "ended or still running");
        assert_eq!(
            [told, finished(&last)].concat(),
            [1],
            "each end is told once"
        );
        assert_eq!(books.read(), run([1]));
    });
}

/// Fails (a cleanup stays outstanding) when `Ticket`'s `Drop` does nothing.
#[test]
fn a_runtime_that_shuts_down_accounts_for_every_cleanup_with_3_preemptions() {
    for polls in 1..=2 {
        up_to_preemptions(3, move || {
            let (books, tracker) = (Books::default(), CleanupTracker::of_a_process());
            let handle = Handle::that_shuts_down_after(polls);
            books.drop_guards_the_first_slow(&tracker, handle, [1, 2]);
            let report = drain(&tracker);
            assert!(report.still_running.is_empty(), "{report}");
            assert_eq!(tracker.outstanding(), 0);
            let Written { run, forgotten } = books.read();
            let mut all = [run.clone(), forgotten].concat();
            all.sort_unstable();
            assert_eq!(all, [1, 2], "each is run or forgotten, once");
            assert!(run.is_sorted(), "out of order: {run:?}");
        });
    }
}

#[test]
fn a_drain_returns_when_the_runtime_has_shut_down_already_with_3_preemptions() {
    up_to_preemptions(3, || {
        let (books, tracker) = (Books::default(), CleanupTracker::of_a_process());
        let dropper = thread::spawn({
            let (books, tracker) = (books.clone(), tracker.clone());
            move || books.drop_guards(&tracker, Handle::that_shuts_down_after(0), [1, 2])
        });
        let during = drain(&tracker);
        assert!(during.still_running.is_empty(), "{during}");
        dropper.join().unwrap();
        assert_eq!(tracker.outstanding(), 0);
        assert_eq!(books.read().forgotten, [1, 2]);
    });
}
