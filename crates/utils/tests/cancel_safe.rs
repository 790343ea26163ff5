//! Guards that are dropped armed: handed over, in order, on every kind of runtime.
#![cfg(feature = "tokio")]

#[path = "common/breaks_in_drop.rs"]
mod breaks_in_drop;
mod common;

use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, CleanupTracker, DrainReport};
use breaks_in_drop::BreaksInDrop;
use common::{Log, current_thread, multi_thread, on_both_flavours, panic_message, reports_of};

const LONG: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug)]
enum Cleanup {
    Succeeds,
    Waits,
    Fails,
    Panics,
    Hangs,
}

struct Resource {
    name: &'static str,
    cleanup: Cleanup,
    log: Log,
}

impl std::fmt::Debug for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Resource({})", self.name)
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Resource {
    type Error = String;

    async fn async_drop_impl(&mut self) -> Result<(), String> {
        match self.cleanup {
            Cleanup::Succeeds => {}
            Cleanup::Waits => tokio::time::sleep(Duration::from_millis(20)).await,
            Cleanup::Fails => return Err(format!("{} does not close", self.name)),
            Cleanup::Panics => panic!("{} breaks", self.name),
            Cleanup::Hangs => std::future::pending().await,
        }
        self.log.push(self.name);
        Ok(())
    }
}

fn guard(name: &'static str, cleanup: Cleanup, log: &Log) -> AsyncDropGuard<Resource> {
    AsyncDropGuard::new_cancel_safe(Resource {
        name,
        cleanup,
        log: log.clone(),
    })
}

/// Awaits `drops` in the scope of a tracker, and gives that and the log of what `drops` hands over.
async fn handed_over(drops: impl AsyncFnOnce(&Log)) -> (Log, CleanupTracker) {
    let (log, tracker) = (Log::new(), CleanupTracker::new());
    tracker.scope(drops(&log)).await;
    (log, tracker)
}

/// Waits without draining.
async fn until(reached: impl Fn() -> bool) {
    while !reached() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Drops `future` after its first poll that was pending.
async fn cancel(future: impl Future<Output = ()>) {
    tokio::select! {
        biased;
        () = future => panic!("the future ended instead of being cancelled"),
        () = async {} => {}
    }
}

async fn drain(tracker: &CleanupTracker) -> DrainReport {
    tracker.drain(LONG).await
}

#[test]
fn cancelled_guard_is_cleaned_up_in_a_task() {
    on_both_flavours(async || {
        let (log, tracker) = handed_over(async |log| {
            cancel(async {
                let _guard = guard("a", Cleanup::Waits, log);
                std::future::pending::<()>().await;
            })
            .await;
        })
        .await;
        let report = drain(&tracker).await;
        assert!(report.is_clean(), "{report}");
        assert_eq!(report.finished.len(), 1);
        assert!(report.finished[0].type_name().ends_with("Resource"));
        assert!(
            report.finished[0]
                .location()
                .file()
                .ends_with("cancel_safe.rs")
        );
        assert_eq!(log.entries(), ["a"]);
    });
}

#[test]
fn guard_made_by_somebody_else_becomes_cancel_safe_and_keeps_its_origin() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let plain = AsyncDropGuard::new(Resource {
            name: "a",
            cleanup: Cleanup::Succeeds,
            log: log.clone(),
        });
        let made_on_line = line!() - 5;
        tracker.scope(async { drop(plain.cancel_safe()) }).await;
        let report = drain(&tracker).await;
        assert_eq!(report.finished[0].location().line(), made_on_line);
        assert_eq!(log.entries(), ["a"]);
    });
}

#[test]
fn cleanups_of_one_cancellation_run_one_after_the_other_in_the_order_of_the_drops() {
    on_both_flavours(async || {
        let (log, tracker) = handed_over(async |log| {
            cancel(async {
                let _outer = guard("outer", Cleanup::Succeeds, log);
                let _middle = guard("middle", Cleanup::Waits, log);
                async {
                    let _inner = guard("inner", Cleanup::Waits, log);
                    std::future::pending::<()>().await;
                }
                .await;
            })
            .await;
        })
        .await;
        assert_eq!(tracker.outstanding(), 3);
        assert!(drain(&tracker).await.is_clean());
        assert_eq!(log.entries(), ["inner", "middle", "outer"]);
    });
}

#[test]
fn aborted_task_hands_over_its_guards_in_order() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let (started, wait) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(tracker.scope({
            let log = log.clone();
            async move {
                let _outer = guard("outer", Cleanup::Succeeds, &log);
                let _inner = guard("inner", Cleanup::Waits, &log);
                started.send(()).unwrap();
                std::future::pending::<()>().await;
            }
        }));
        wait.await.unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert!(drain(&tracker).await.is_clean());
        assert_eq!(log.entries(), ["inner", "outer"]);
    });
}

#[test]
fn different_tasks_do_not_wait_for_each_other() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let drop_in_task = |name, cleanup| {
            let guard = guard(name, cleanup, &log);
            tokio::spawn(tracker.scope(async move { drop(guard) }))
        };
        drop_in_task("hangs", Cleanup::Hangs).await.unwrap();
        drop_in_task("other", Cleanup::Succeeds).await.unwrap();
        let report = tracker.drain(Duration::from_millis(50)).await;
        assert_eq!(log.entries(), ["other"]);
        assert_eq!(report.still_running.len(), 1);
    });
}

#[test]
fn failing_cleanup_is_named_and_does_not_stop_the_next() {
    on_both_flavours(async || {
        let (log, tracker) = handed_over(async |log| {
            drop(guard("broken", Cleanup::Fails, log));
            drop(guard("next", Cleanup::Succeeds, log));
        })
        .await;
        let report = drain(&tracker).await;
        assert_eq!(report.failed.len(), 1);
        assert_eq!(report.failed[0].error, "\"broken does not close\"");
        assert_eq!(log.entries(), ["next"]);
    });
}

#[test]
fn panicking_cleanup_is_named_and_does_not_stop_the_next() {
    on_both_flavours(async || {
        let (log, tracker) = handed_over(async |log| {
            drop(guard("broken", Cleanup::Panics, log));
            drop(guard("next", Cleanup::Succeeds, log));
        })
        .await;
        let report = drain(&tracker).await;
        assert_eq!(report.failed[0].error, "panicked: broken breaks");
        assert_eq!(log.entries(), ["next"]);
    });
}

#[test]
fn error_of_a_cleanup_is_told_when_the_values_drop_panics_behind_it() {
    let (told, reports) = reports_of(async || {
        let (_, tracker) = handed_over(async |log| {
            drop(AsyncDropGuard::new_cancel_safe(BreaksInDrop));
            drop(guard("next", Cleanup::Succeeds, log));
        })
        .await;
        let report = drain(&tracker).await;
        assert_eq!(report.finished.len(), 1, "{report}");
        report
            .failed
            .iter()
            .map(|failed| failed.error.clone())
            .collect::<Vec<_>>()
    });
    assert_eq!(told, ["panicked: the drop breaks"]);
    let errors: Vec<_> = reports.iter().map(|report| report.field("error")).collect();
    assert!(
        errors.contains(&r#"ProbeError("the cleanup")"#),
        "{reports:?}"
    );
}

#[test]
fn hanging_cleanup_is_still_running_when_the_deadline_passes() {
    on_both_flavours(async || {
        let (_, tracker) = handed_over(async |log| drop(guard("hangs", Cleanup::Hangs, log))).await;
        let report = tracker.drain(Duration::from_millis(20)).await;
        assert!(!report.is_clean());
        assert_eq!(report.still_running.len(), 1);
        assert!(
            report.to_string().starts_with(
                "cleanup tasks: 0 finished, 0 failed, 1 still running\nstill running: "
            ),
            "{report}"
        );
        assert_eq!(tracker.outstanding(), 1);
    });
}

#[test]
fn of_two_drains_at_once_one_tells_the_end() {
    on_both_flavours(async || {
        let (_, tracker) = handed_over(async |log| drop(guard("a", Cleanup::Waits, log))).await;
        let (first, second) = tokio::join!(tracker.drain(LONG), tracker.drain(LONG));
        assert_eq!(first.finished.len() + second.finished.len(), 1);
        assert!(drain(&tracker).await.finished.is_empty());
    });
}

#[test]
fn guard_dropped_in_a_local_set_is_handed_over() {
    current_thread().block_on(async {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let local = tokio::task::LocalSet::new();
        local
            .run_until(tracker.scope(async { drop(guard("a", Cleanup::Waits, &log)) }))
            .await;
        assert!(drain(&tracker).await.is_clean());
        assert_eq!(log.entries(), ["a"]);
    });
}

#[test]
fn guard_dropped_by_spawn_blocking_is_handed_over() {
    on_both_flavours(async || {
        let log = Log::new();
        let guard = guard("a", Cleanup::Waits, &log);
        tokio::task::spawn_blocking(move || drop(guard))
            .await
            .unwrap();
        until(|| log.entries() == ["a"]).await;
    });
}

#[test]
fn plain_thread_with_a_handle_hands_over() {
    let runtime = multi_thread();
    let log = Log::new();
    {
        let _entered = runtime.enter();
        drop(guard("a", Cleanup::Waits, &log));
    }
    runtime.block_on(async {
        until(|| log.entries() == ["a"]).await;
    });
}

#[test]
fn plain_thread_without_a_handle_calls_the_forgotten_guard_hook() {
    let log = Log::new();
    let words = panic_message(|| drop(guard("a", Cleanup::Succeeds, &log)));
    assert!(
        words.starts_with("Forgot to call async_drop on Resource(a) (type "),
        "{words}"
    );
    assert!(log.entries().is_empty());
}

#[test]
fn runtime_that_shuts_down_under_a_cleanup_loses_neither_count_nor_thread() {
    for runtime in [multi_thread(), current_thread()] {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        // Dropped one after the other without anything between, as one cancellation drops them.
        let hangs = guard("hangs", Cleanup::Hangs, &log);
        let queued = guard("queued", Cleanup::Succeeds, &log);
        runtime.block_on(tracker.scope(async {
            drop(hangs);
            drop(queued);
            tokio::task::yield_now().await;
        }));
        assert_eq!(tracker.outstanding(), 2);
        drop(runtime);
        assert_eq!(
            tracker.outstanding(),
            0,
            "abandoned cleanups are off the books"
        );
        assert!(log.entries().is_empty());
    }
}

#[test]
fn guard_dropped_by_a_runtime_that_shuts_down_neither_blocks_nor_aborts() {
    for runtime in [multi_thread(), current_thread()] {
        let log = Log::new();
        let held = guard("held", Cleanup::Succeeds, &log);
        runtime.spawn(async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
        runtime.block_on(tokio::task::yield_now());
        drop(runtime);
        assert!(log.entries().is_empty());
    }
}

#[test]
fn guard_dropped_while_unwinding_is_handed_over_without_a_second_panic() {
    on_both_flavours(async || {
        let log = Log::new();
        let held = guard("held", Cleanup::Succeeds, &log);
        let task = tokio::spawn(async move {
            let _held = held;
            panic!("a bug");
        });
        assert!(task.await.unwrap_err().is_panic());
        until(|| log.entries() == ["held"]).await;
    });
}

#[test]
fn cancelled_async_drop_of_a_cancel_safe_guard_starts_again_in_a_task() {
    on_both_flavours(async || {
        let (log, tracker) = handed_over(async |log| {
            cancel(async {
                let mut guard = guard("a", Cleanup::Waits, log);
                guard.async_drop().await.unwrap();
            })
            .await;
        })
        .await;
        assert!(drain(&tracker).await.is_clean());
        assert_eq!(log.entries(), ["a"]);
    });
}

#[test]
fn cleanup_that_was_cut_off_goes_on_nowhere_until_its_guard_is_dropped_and_then_starts_again() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        tracker
            .scope(async {
                let mut guard = log.probe("a").stuck_once().guard().cancel_safe();
                cancel(async { guard.async_drop().await.unwrap() }).await;
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                assert_eq!(tracker.outstanding(), 0);
                assert!(!guard.is_dropped());
                assert_eq!(log.entries(), ["cleanup a"]);
                drop(guard);
                assert_eq!(tracker.outstanding(), 1);
            })
            .await;
        assert!(drain(&tracker).await.is_clean());
        assert_eq!(
            log.entries(),
            ["cleanup a", "cleanup a", "cleaned a", "drop a"]
        );
    });
}

#[test]
fn outside_of_a_scope_the_process_wide_drain_awaits() {
    current_thread().block_on(async {
        let log = Log::new();
        drop(guard("a", Cleanup::Waits, &log));
        let report = async_drop_utils::drain(LONG).await;
        assert!(report.still_running.is_empty(), "{report}");
        assert_eq!(log.entries(), ["a"]);
    });
}

#[test]
fn the_innermost_scope_takes_the_cleanup() {
    current_thread().block_on(async {
        let log = Log::new();
        let (outer, inner) = (CleanupTracker::new(), CleanupTracker::new());
        outer
            .scope(async {
                inner
                    .scope(async { drop(guard("inner", Cleanup::Succeeds, &log)) })
                    .await;
                drop(guard("outer", Cleanup::Succeeds, &log));
            })
            .await;
        assert_eq!((outer.outstanding(), inner.outstanding()), (1, 1));
        assert!(drain(&outer).await.is_clean() && drain(&inner).await.is_clean());
    });
}

#[test]
fn cancel_safe_guard_is_one_word_larger_at_most() {
    // The same type: what a guard does when it is dropped armed is one function pointer.
    assert_eq!(
        size_of::<AsyncDropGuard<[u64; 4]>>(),
        size_of::<Option<[u64; 4]>>() + 2 * size_of::<usize>(),
    );
}

#[test]
fn drain_lists_what_has_ended_since_the_last_one() {
    on_both_flavours(async || {
        let (_, tracker) = handed_over(async |log| {
            drop(guard("broken", Cleanup::Fails, log));
            drop(guard("a", Cleanup::Succeeds, log));
        })
        .await;
        until(|| tracker.outstanding() == 0).await;
        let report = drain(&tracker).await;
        assert_eq!((report.finished.len(), report.failed.len()), (1, 1));
        let next = drain(&tracker).await;
        assert_eq!((next.finished.len(), next.failed.len()), (0, 0));
    });
}

fn drop_1_500(log: &Log) {
    for _ in 0..1_500 {
        drop(guard("a", Cleanup::Succeeds, log));
    }
}

#[test]
fn tracker_that_is_never_drained_keeps_the_latest_thousand_ends() {
    current_thread().block_on(async {
        let (log, tracker) = handed_over(async |log| drop_1_500(log)).await;
        until(|| tracker.outstanding() == 0).await;
        let report = drain(&tracker).await;
        assert_eq!((log.entries().len(), report.finished.len()), (1_500, 1_000));
    });
}

#[test]
fn failure_is_not_displaced_by_what_has_finished_since() {
    current_thread().block_on(async {
        let (_, tracker) = handed_over(async |log| {
            drop(guard("broken", Cleanup::Fails, log));
            drop_1_500(log);
        })
        .await;
        until(|| tracker.outstanding() == 0).await;
        assert!(!drain(&tracker).await.is_clean());
    });
}

#[test]
fn drain_lists_all_that_ends_while_it_waits() {
    current_thread().block_on(async {
        let (_, tracker) = handed_over(async |log| drop_1_500(log)).await;
        assert_eq!(drain(&tracker).await.finished.len(), 1_500);
    });
}

#[test]
fn cancelled_drain_leaves_the_ends_to_the_next() {
    current_thread().block_on(async {
        let (_, tracker) = handed_over(async |log| drop(guard("a", Cleanup::Waits, log))).await;
        cancel(async { drop(tracker.drain(LONG).await) }).await;
        assert_eq!(drain(&tracker).await.finished.len(), 1);
    });
}
