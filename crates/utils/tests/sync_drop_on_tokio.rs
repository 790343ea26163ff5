//! `SyncDrop` in every place that a Tokio runtime has.
#![cfg(feature = "tokio")]

mod common;

use std::time::{Duration, Instant};

use async_drop_utils::SyncDrop;
use common::{Custom, Log, ProbeError, current_thread, multi_thread, panic_message, reports};
use tokio::task::LocalSet;

const FILE: &str = file!();

const GAVE_UP: &str = "still pending after one second, and a current-thread runtime cannot run while its only thread waits; \
    use a multi-thread runtime, or await async_drop";

/// A value whose cleanup waits for a timer, which only a running runtime can fire.
fn sleeper(log: &Log, duration: Duration) -> SyncDrop<Custom> {
    let log = log.clone();
    SyncDrop::new(Custom::guard(async move {
        tokio::time::sleep(duration).await;
        log.push("cleaned");
        Ok(())
    }))
}

/// A value whose cleanup waits for what no runtime's thread does.
fn finished_elsewhere(log: &Log) -> SyncDrop<Custom> {
    let log = log.clone();
    SyncDrop::new(Custom::guard(async move {
        let file = tokio::fs::File::open(std::env::current_exe().unwrap());
        file.await.unwrap().metadata().await.unwrap();
        log.push("cleaned");
        Ok(())
    }))
}

const SHORT: Duration = Duration::from_millis(20);

#[test]
fn outside_a_runtime_timers_and_files_work() {
    let log = Log::new();
    drop(sleeper(&log, SHORT));
    drop(finished_elsewhere(&log));
    assert_eq!(log.entries(), ["cleaned", "cleaned"]);
}

#[test]
fn outside_a_runtime_it_never_gives_up_on_what_another_would_have_to_do() {
    let log = Log::new();
    let (runtime, cleaned) = (current_thread(), log.clone());
    let entered = runtime.enter();
    let timer = tokio::time::sleep(SHORT);
    drop(entered);
    let value = SyncDrop::new(Custom::guard(async move {
        timer.await; // of the runtime that nobody drives
        cleaned.push("cleaned");
        Ok(())
    }));
    let dropping = std::thread::spawn(move || drop(value));
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(!dropping.is_finished());
    runtime.block_on(async { tokio::time::sleep(SHORT).await });
    dropping.join().unwrap();
    assert_eq!(log.entries(), ["cleaned"]);
}

#[test]
fn on_a_multi_thread_runtime_timers_and_files_work() {
    let log = Log::new();
    let runtime = multi_thread();
    runtime.block_on(async {
        drop(sleeper(&log, SHORT));
        drop(finished_elsewhere(&log));
    });
    let of_task = log.clone();
    let task = runtime.spawn(async move {
        drop(sleeper(&of_task, SHORT));
        drop(finished_elsewhere(&of_task));
    });
    runtime.block_on(task).unwrap();
    assert_eq!(log.count("cleaned"), 4);
}

#[test]
fn on_the_only_worker_of_a_multi_thread_runtime_other_tasks_go_on() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let log = Log::new();
    let of_task = log.clone();
    let task = runtime.spawn(async move {
        let other = tokio::spawn(async { "from another task" });
        drop(SyncDrop::new(Custom::guard(async move {
            of_task.push(other.await.unwrap());
            Ok(())
        })));
    });
    runtime.block_on(task).unwrap();
    assert_eq!(log.entries(), ["from another task"]);
}

#[test]
fn on_a_blocking_thread_the_runtime_runs_elsewhere_and_there_is_no_limit() {
    for runtime in [current_thread(), multi_thread()] {
        let log = Log::new();
        let of_thread = log.clone();
        runtime.block_on(async {
            let dropped = tokio::task::spawn_blocking(move || {
                drop(sleeper(&of_thread, Duration::from_millis(1_200)));
            });
            dropped.await.unwrap();
        });
        assert_eq!(log.entries(), ["cleaned"]);
    }
}

#[test]
fn in_the_context_of_a_runtime_that_is_not_entered_timers_work() {
    let log = Log::new();
    let runtime = multi_thread();
    let _context = runtime.enter();
    drop(sleeper(&log, SHORT));
    assert_eq!(log.entries(), ["cleaned"]);
}

#[test]
fn on_a_current_thread_runtime_what_other_threads_finish_works() {
    let log = Log::new();
    let runtime = current_thread();
    runtime.block_on(async { drop(finished_elsewhere(&log)) });
    let of_task = log.clone();
    runtime.block_on(async {
        let task = tokio::spawn(async move { drop(finished_elsewhere(&of_task)) });
        task.await.unwrap();
    });
    assert_eq!(log.entries(), ["cleaned", "cleaned"]);
}

#[test]
fn on_a_current_thread_runtime_a_cleanup_that_yields_works() {
    let log = Log::new();
    let value = SyncDrop::new(log.probe("a").yielding(20).guard());
    current_thread().block_on(async { drop(value) });
    assert_eq!(log.count("cleaned a"), 1);
}

#[test]
fn on_a_current_thread_runtime_a_cleanup_may_exceed_the_tasks_budget() {
    let log = Log::new();
    let of_cleanup = log.clone();
    let value = SyncDrop::new(Custom::guard(async move {
        let permits = tokio::sync::Semaphore::new(1);
        for _ in 0..1_000 {
            drop(permits.acquire().await);
        }
        of_cleanup.push("cleaned");
        Ok(())
    }));
    let start = Instant::now();
    current_thread().block_on(async {
        tokio::spawn(async { drop(value) }).await.unwrap();
    });
    assert_eq!(log.entries(), ["cleaned"]);
    assert!(
        start.elapsed() < Duration::from_millis(900),
        "a limit was waited for"
    );
}

#[test]
fn on_a_current_thread_runtime_it_gives_up_on_what_the_runtime_would_have_to_do() {
    let log = Log::new();
    let value = sleeper(&log, SHORT);
    let start = Instant::now();
    let (message, reports) =
        reports(|| panic_message(|| current_thread().block_on(async { drop(value) })));
    let waited = start.elapsed().as_secs_f32();
    assert!((1.0..2.0).contains(&waited), "{waited} seconds");
    let type_name = std::any::type_name::<Custom>();
    let words =
        format!("Cleanup in SyncDrop failed: {GAVE_UP} (type {type_name}, guard made at {FILE}:");
    assert!(message.starts_with(&words), "{message}");
    assert!(log.entries().is_empty());
    let [report] = &reports[..] else {
        panic!("{reports:?}")
    };
    assert_eq!(report.field("value"), "Custom");
}

#[test]
fn giving_up_is_reported_while_panicking() {
    let log = Log::new();
    let (message, reports) = reports(|| {
        panic_message(|| {
            current_thread().block_on(async {
                let _value = sleeper(&log, SHORT);
                panic!("the first panic");
            })
        })
    });
    assert_eq!(message, "the first panic");
    let [of_cleanup, of_guard] = &reports[..] else {
        panic!("{reports:?}")
    };
    assert_eq!(of_cleanup.message, "cleanup failed");
    assert_eq!(of_cleanup.field("error"), GAVE_UP);
    assert_eq!(of_guard.field("value"), "Custom");
}

#[test]
fn in_a_local_set_what_other_threads_finish_works() {
    for runtime in [current_thread(), multi_thread()] {
        let log = Log::new();
        let local = LocalSet::new();
        local.block_on(&runtime, async { drop(finished_elsewhere(&log)) });
        let of_task = log.clone();
        local.block_on(&runtime, async {
            let task = tokio::task::spawn_local(async move { drop(finished_elsewhere(&of_task)) });
            task.await.unwrap();
        });
        assert_eq!(log.entries(), ["cleaned", "cleaned"]);
    }
}

#[test]
fn in_a_local_set_it_gives_up_on_local_tasks() {
    for runtime in [current_thread(), multi_thread()] {
        let message = panic_message(|| {
            LocalSet::new().block_on(&runtime, async {
                let local = tokio::task::spawn_local(async {});
                let (done, finished) = tokio::sync::oneshot::channel::<()>();
                tokio::task::spawn_local(async move {
                    local.await.unwrap();
                    drop(done);
                });
                drop(SyncDrop::new(Custom::guard(async move {
                    let _closed = finished.await;
                    Ok(())
                })));
            })
        });
        assert!(message.contains(GAVE_UP), "{message}");
    }
}

#[test]
fn in_a_local_set_nothing_aborts_while_panicking() {
    for runtime in [current_thread(), multi_thread()] {
        let log = Log::new();
        let message = panic_message(|| {
            LocalSet::new().block_on(&runtime, async {
                let _value = finished_elsewhere(&log);
                panic!("the first panic");
            })
        });
        assert_eq!(message, "the first panic");
        assert_eq!(log.entries(), ["cleaned"]);
    }
}

#[test]
fn failed_cleanup_panics_or_is_reported_on_every_runtime() {
    for runtime in [current_thread(), multi_thread()] {
        let message = panic_message(|| {
            runtime.block_on(async {
                drop(SyncDrop::new(Log::new().probe("a").failing().guard()));
            })
        });
        let words = "Cleanup in SyncDrop failed: ProbeError(\"a\")";
        assert!(message.starts_with(words), "{message}");

        let (message, reports) = reports(|| {
            panic_message(|| {
                runtime.block_on(async {
                    let _value = SyncDrop::new(Log::new().probe("a").failing().guard());
                    panic!("the first panic");
                })
            })
        });
        assert_eq!(message, "the first panic");
        let [report] = &reports[..] else {
            panic!("{reports:?}")
        };
        report.assert_cleanup_failed::<common::Probe>(ProbeError("a"), FILE);
    }
}

#[test]
fn cleanup_that_panics_on_a_multi_thread_runtime_panics_with_its_own_words() {
    let message = panic_message(|| {
        multi_thread().block_on(async {
            drop(SyncDrop::new(Custom::guard(async {
                panic!("from the cleanup")
            })));
        })
    });
    assert_eq!(message, "from the cleanup");
}
