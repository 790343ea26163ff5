//! The shared future: whoever is awaited goes on when the others have been cancelled.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use loom::sync::Mutex;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

use crate::explore::up_to_preemptions;
use crate::sharing::driven::Driven;
use crate::sharing::last_owner::last_owner;
use crate::sync::Arc;

/// What the shared future waits for: opened by another thread, it wakes whom it was last polled for.
#[derive(Default)]
struct Gate {
    open: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Gate {
    fn open(&self) {
        self.open.store(true, Ordering::Release);
        let waker = self.waker.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

struct Opened(Arc<Gate>);

impl Future for Opened {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<usize> {
        let former = self
            .0
            .waker
            .lock()
            .unwrap()
            .replace(context.waker().clone());
        drop(former);
        if self.0.open.load(Ordering::Acquire) {
            Poll::Ready(42)
        } else {
            Poll::Pending
        }
    }
}

type Shared = Arc<Driven<Opened, usize>>;

/// A shared future that waits for a gate, and the thread that opens it.
fn shared() -> (Shared, thread::JoinHandle<()>) {
    let gate = Arc::new(Gate::default());
    let shared = Arc::new(Driven::new(Opened(gate.clone())));
    (shared, thread::spawn(move || gate.open()))
}

/// Awaits a clone to its end.
fn finish(shared: &Driven<Opened, usize>) -> usize {
    let mut waiter = None;
    block_on(poll_fn(|context| {
        shared
            .poll(&mut waiter, context, |output| output)
            .map(|result| *result.unwrap())
    }))
}

/// Polls a clone once, then drops what was awaiting it.
fn cancel_at_first_await(shared: &Driven<Opened, usize>) {
    let mut waiter = None;
    let mut context = Context::from_waker(Waker::noop());
    let _ = shared.poll(&mut waiter, &mut context, |output| output);
}

/// Fails (a deadlock) when a turn that ends pending wakes nobody (`if !self.pending` alone in `TurnEnd::drop`), when it wakes
/// before it has unlocked the future, and when a task queues only after it has found the future busy.
#[test]
fn a_clone_cancelled_while_it_polls_leaves_the_other_able_to_finish_with_3_preemptions() {
    up_to_preemptions(3, || {
        let (shared, opener) = shared();
        let cancelled = shared.clone();
        let canceller = thread::spawn(move || cancel_at_first_await(&cancelled));
        assert_eq!(finish(&shared), 42);
        canceller.join().unwrap();
        opener.join().unwrap();
    });
}

/// Fails (a deadlock) when a turn that completes wakes nobody.
#[test]
fn two_clones_awaited_at_once_both_finish_and_make_one_value_with_2_preemptions() {
    up_to_preemptions(2, || {
        let made = std::sync::Arc::new(AtomicUsize::new(0));
        let (shared, opener) = shared();
        let finish = {
            let made = made.clone();
            move |shared: Shared| {
                let mut waiter = None;
                block_on(poll_fn(|context| {
                    let make = |output| {
                        made.fetch_add(1, Ordering::Relaxed);
                        output
                    };
                    shared
                        .poll(&mut waiter, context, make)
                        .map(|result| *result.unwrap())
                }))
            }
        };
        let other = thread::spawn({
            let (shared, finish) = (shared.clone(), finish.clone());
            move || finish(shared)
        });
        assert_eq!(finish(shared), 42);
        assert_eq!(other.join().unwrap(), 42);
        opener.join().unwrap();
        assert_eq!(made.load(Ordering::Relaxed), 1);
    });
}

/// Fails (nobody takes the value) when `into_inner` in `last_owner` is replaced by `try_unwrap(…).ok()`.
#[test]
fn the_last_clone_to_let_go_finishes_the_future_and_takes_the_value_with_3_preemptions() {
    up_to_preemptions(3, || {
        let (shared, opener) = shared();
        let let_go = |shared: Shared| {
            let mut slot = Some(shared);
            let driven = last_owner(&mut slot)?;
            finish(driven);
            driven.output_mut().copied()
        };
        let other = shared.clone();
        let other = thread::spawn(move || {
            cancel_at_first_await(&other);
            let_go(other)
        });
        let here = let_go(shared);
        let there = other.join().unwrap();
        opener.join().unwrap();
        assert_eq!(
            usize::from(here.is_some()) + usize::from(there.is_some()),
            1
        );
        assert_eq!(here.or(there), Some(42));
    });
}
