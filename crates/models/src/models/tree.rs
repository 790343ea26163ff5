//! The tree of scopes: what a cancellation sends to its task, and what a scope waits for.

use std::future::poll_fn;
use std::task::Poll;

use loom::future::block_on;
use loom::thread;

use crate::explore::up_to_preemptions;
use crate::sync::Arc;
use crate::tree::{Pending, Queue};

/// Takes from `queue` until that many have come.
fn take(queue: &Queue<usize>, count: usize) -> Vec<usize> {
    let mut taken = Vec::new();
    block_on(poll_fn(|context| {
        taken.extend(queue.take(context.waker()));
        if taken.len() == count {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }));
    taken
}

/// Fails (a deadlock) when `Queue::take` leaves its waker only when nothing has arrived, and when `push` wakes nobody.
#[test]
fn what_arrives_while_the_task_goes_to_sleep_wakes_it_with_3_preemptions() {
    up_to_preemptions(3, || {
        let queue = Arc::new(Queue::with(1));
        let pusher = thread::spawn({
            let queue = queue.clone();
            move || (2..=3).all(|number| queue.push(number).is_ok())
        });
        assert_eq!(take(&queue, 3), [1, 2, 3]);
        assert!(pusher.join().unwrap());
    });
}

/// Fails (the second is lost) when `Queue::close_if_empty` closes without looking.
#[test]
fn what_arrives_while_the_task_ends_is_taken_or_given_back_with_3_preemptions() {
    up_to_preemptions(3, || {
        let queue = Arc::new(Queue::with(1));
        let pusher = thread::spawn({
            let queue = queue.clone();
            move || queue.push(2).err()
        });
        let mut taken = Vec::new();
        loop {
            let poll = poll_fn(|context| Poll::Ready(queue.take(context.waker())));
            taken.extend(block_on(poll));
            if queue.close_if_empty() {
                break;
            }
        }
        taken.extend(pusher.join().unwrap());
        assert_eq!(taken, [1, 2]);
    });
}

/// Fails (a deadlock) when `Pending::poll_ended` looks and leaves its waker under two locks.
#[test]
fn a_scope_is_woken_by_the_last_cleanup_inside_with_3_preemptions() {
    up_to_preemptions(3, || {
        let pending = Arc::new(Pending::default());
        let cleanups: Vec<_> = (0..2)
            .map(|_| {
                let adopted = Pending::adopt(&pending);
                thread::spawn(move || drop(adopted))
            })
            .collect();
        block_on(poll_fn(|context| pending.poll_ended(context)));
        assert!(pending.has_ended());
        for cleanup in cleanups {
            cleanup.join().unwrap();
        }
    });
}

/// Fails (a deadlock) when `Pending::leave_to` looks and leaves the outer scope's count under two locks.
#[test]
fn what_a_scope_leaves_to_the_one_around_ends_there_with_3_preemptions() {
    up_to_preemptions(3, || {
        let (inner, outer) = (Arc::new(Pending::default()), Arc::new(Pending::default()));
        let adopted = Pending::adopt(&inner);
        let cleanup = thread::spawn(move || drop(adopted));
        inner.leave_to(Pending::adopt(&outer));
        block_on(poll_fn(|context| outer.poll_ended(context)));
        assert!(inner.has_ended() && outer.has_ended());
        cleanup.join().unwrap();
    });
}
