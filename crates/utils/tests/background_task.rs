//! A task of one's own under a guard: how its end is seen, and what an abort leaves.
#![cfg(feature = "tokio")]
#![deny(warnings, clippy::all)]

mod common;

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropTaskGroup, CleanupTracker, closing};
use common::{
    Log, Probe, ProbeError, current_thread, multi_thread, on_both_flavours, payload_message,
};
use futures_util::FutureExt;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

const LONG: Duration = Duration::from_secs(20);

/// Reads until it is stopped, or until there is nothing more to read, which is an error.
#[derive(Debug)]
struct Reader {
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), &'static str>>,
}

impl Reader {
    fn start(mut more: oneshot::Receiver<()>) -> AsyncDropGuard<Self> {
        let (stop, mut stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            tokio::select! {
                _ = stopped.changed() => Ok(()),
                _ = &mut more => Err("the topic has ended"),
            }
        });
        AsyncDropGuard::new_cancel_safe(Self { stop, task })
    }

    async fn ended(&self) {
        self.stop.closed().await;
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Reader {
    type Error = &'static str;

    async fn async_drop_impl(&mut self) -> Result<(), &'static str> {
        self.stop.send_replace(true);
        (&mut self.task).await.unwrap()
    }
}

#[test]
fn end_of_the_task_reaches_the_work_and_its_result_is_the_cleanups() {
    on_both_flavours(async || {
        let (end, more) = oneshot::channel();
        let reader = Reader::start(more);
        end.send(()).unwrap();
        let ended = with_async_drop!(reader, {
            reader.ended().await; // nobody has stopped it
            Ok::<_, &str>(())
        });
        assert_eq!(ended, Err("the topic has ended"));

        let (_end, more) = oneshot::channel();
        let reader = Reader::start(more);
        let stopped = with_async_drop!(reader, {
            let ended = tokio::time::timeout(Duration::from_millis(5), reader.ended());
            assert!(ended.await.is_err(), "it goes on until it is stopped");
            Ok::<_, &str>(())
        });
        assert_eq!(stopped, Ok(()));
    });
}

/// Moves a guard into a task that ends before its first poll, by an abort or with its runtime: what cleaned it up, and how it was dropped.
fn never_polled(
    guard: impl FnOnce(&Log) -> AsyncDropGuard<Probe>,
    is_aborted: bool,
) -> Vec<String> {
    let (log, tracker, runtime) = (Log::new(), CleanupTracker::new(), current_thread());
    runtime.block_on(async {
        let guard = guard(&log);
        // The only thread is busy here, so the task has no turn.
        let task = tokio::spawn(tracker.scope(async move {
            let never: Result<(), ProbeError> = with_async_drop!(guard, { pending().await });
            never.unwrap();
        }));
        if is_aborted {
            task.abort();
            if let Ok(panic) = task.await.unwrap_err().try_into_panic() {
                let message = payload_message(&*panic);
                assert!(message.starts_with("Forgot to call async_drop on"));
                log.push("forgotten");
            }
            assert!(tracker.drain(LONG).await.is_clean());
        }
    });
    drop(runtime);
    log.entries()
}

#[test]
fn guard_that_moves_into_a_task_is_cancel_safe_before_or_forgotten() {
    let cancel_safe = |log: &Log| log.guard("a").cancel_safe();
    let plain = |log: &Log| log.guard("a");
    let cleaned_up = ["cleanup a", "cleaned a", "drop a"];
    assert_eq!(never_polled(cancel_safe, true), cleaned_up);
    assert_eq!(never_polled(plain, true), ["drop a", "forgotten"]);
    assert_eq!(never_polled(cancel_safe, false), ["drop a"], "no runtime");
    assert_eq!(never_polled(plain, false), ["drop a"]);
}

/// Holds a value whose cleanup takes its time, and panics.
async fn panics(held: AsyncDropGuard<Probe>) -> Result<(), ProbeError> {
    with_async_drop!(held, { panic!("the job") })
}

#[test]
fn what_a_task_that_panics_held_is_cleaned_up_behind_the_scope_around_its_handle() {
    // On one thread, since another may have cleaned up in time.
    current_thread().block_on(async {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let task = tokio::spawn(tracker.scope(panics(log.probe("held").yielding(9).guard())));
        let end = async |task: JoinHandle<_>| task.await.unwrap_or(Err(ProbeError("panicked")));
        let lease = log.guard("lease");
        let ended: Result<(), ProbeError> = with_async_drop!(lease, {
            with_async_drop!(_task = closing(task, end), { Ok(()) })
        });
        assert_eq!(ended, Err(ProbeError("panicked")));
        assert_eq!(log.cleaned(), ["lease"]);
        assert!(tracker.drain(LONG).await.is_clean());
        assert_eq!(log.cleaned(), ["lease", "held"]);
    });
}

#[test]
fn what_a_task_of_a_group_that_panics_held_is_cleaned_up_before_the_groups_value() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let group = AsyncDropTaskGroup::new(log.guard("value"));
        let held = log.probe("held").yielding(9).guard();
        let joined = tracker.scope(async {
            with_async_drop!(group, {
                group.spawn(async move |_value| panics(held).await);
                group.join_all().await
            })
        });
        assert!(AssertUnwindSafe(joined).catch_unwind().await.is_err());
        assert!(tracker.drain(LONG).await.is_clean());
        assert_eq!(log.cleaned(), ["held", "value"]);
    });
}

#[test]
fn abort_waits_for_no_cleanup() {
    for is_busy_elsewhere in [false, true] {
        let runtime = match is_busy_elsewhere {
            true => multi_thread(),
            false => current_thread(),
        };
        runtime.block_on(async {
            let (log, tracker) = (Log::new(), CleanupTracker::new());
            let (begin, begun) = oneshot::channel();
            let gate = Arc::new(Barrier::new(2));
            let behind = Arc::clone(&gate);
            let guard = log.guard("a");
            let task = tokio::spawn(tracker.scope(async move {
                let never: Result<(), ProbeError> = with_async_drop!(guard, {
                    begin.send(()).unwrap();
                    if is_busy_elsewhere {
                        behind.wait(); // its thread is not given back before
                    }
                    pending().await
                });
                never.unwrap();
            }));
            begun.await.unwrap();
            task.abort();
            assert_eq!(log.entries(), [""; 0]);
            if is_busy_elsewhere {
                gate.wait();
            }
            assert!(task.await.unwrap_err().is_cancelled());
            assert!(tracker.drain(LONG).await.is_clean());
            assert_eq!(log.cleaned(), ["a"]);
        });
    }
}
