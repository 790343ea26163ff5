//! The end of a program: what the grace period is spent on, what is kept, and that it is never longer than it says.
#![cfg(feature = "tokio")]
#![deny(warnings, clippy::all)]

mod common;

use std::convert::Infallible;
use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::{
    AsyncDrop, AsyncDropGuard, AsyncDropHashMap, AsyncDropTaskGroup, CleanupTracker, Ended,
    StopReason, async_drop_concurrently, drain, open_all, run_until, with_async_drop_2,
};
use common::{Log, current_thread, multi_thread, payload_message, reports};
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, sleep};

const GRACE: Duration = Duration::from_secs(10);

/// The guards of the process are counted, so only one test at a time may make any.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // The runtime of the test before may have abandoned cleanups.
    drop(paused().block_on(drain(GRACE)));
    alone
}

fn paused() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// To be made outside of a runtime.
async fn after(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

/// Its cleanup takes some time.
#[derive(Debug)]
struct Slow(Duration);

impl Slow {
    #[track_caller]
    fn guard(seconds: u64) -> AsyncDropGuard<Self> {
        AsyncDropGuard::new(Self(Duration::from_secs(seconds)))
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Slow {
    type Error = Infallible;

    async fn async_drop_impl(&mut self) -> Result<(), Infallible> {
        sleep(self.0).await;
        Ok(())
    }
}

#[derive(Debug)]
struct Failed;

/// Runs the future on a paused clock, and says how long it took.
fn timed<R>(future: impl Future<Output = R>) -> (R, Duration) {
    paused().block_on(async {
        // The runtime before may have abandoned cleanups.
        drop(drain(GRACE).await);
        let start = Instant::now();
        let output = future.await;
        (output, start.elapsed())
    })
}

#[track_caller]
fn assert_about(took: Duration, expected: u64) {
    let tick = Duration::from_millis(5);
    let expected = seconds(expected);
    assert!(
        expected <= took && took <= expected + tick,
        "{took:?} instead of {expected:?}"
    );
}

/// What has finished, failed, was running, was armed.
fn counts<R>(ended: &Ended<R>) -> (usize, usize, usize, usize) {
    let report = &ended.report;
    let armed = report.still_armed.iter().map(|guards| guards.count());
    (
        report.finished.len(),
        report.failed.len(),
        report.still_running.len(),
        armed.sum(),
    )
}

#[test]
fn work_that_ends_by_itself_gives_its_result() {
    let _alone = alone();
    let (ended, took) = timed(run_until(pending(), pending(), GRACE, async |_| 42));
    assert_about(took, 0);
    assert_eq!(ended.result, Some(42));
    assert_eq!(ended.stopped_by, None);
    assert!(!ended.is_cut_short && ended.report.is_clean());
}

#[test]
fn work_that_does_not_listen_is_dropped_at_once_and_cleaned_up() {
    let _alone = alone();
    let ending = run_until(after(60), pending(), GRACE, async |_stopping| {
        let slow = Slow::guard(3);
        with_async_drop!(slow, { pending::<Result<(), Infallible>>().await })
    });
    let (ended, took) = timed(ending);
    assert_about(took, 63);
    assert!(ended.result.is_none());
    assert_eq!(ended.stopped_by, Some(StopReason::Asked));
    assert_eq!(counts(&ended), (1, 0, 0, 0), "{}", ended.report);
}

#[test]
fn work_that_listens_finishes_in_its_half_of_the_grace_period() {
    let _alone = alone();
    for (needs, result, all) in [(4, Some("done"), 4 + 3), (6, None, 5 + 3)] {
        let ending = run_until(after(60), pending(), GRACE, async |stopping| {
            let slow = Slow::guard(3);
            with_async_drop!(slow, {
                stopping.requested().await;
                sleep(seconds(needs)).await;
                Ok::<_, Infallible>("done")
            })
            .unwrap()
        });
        let (ended, took) = timed(ending);
        assert_about(took, 60 + all);
        assert_eq!(ended.result, result);
        assert!(ended.report.is_clean(), "{}", ended.report);
    }
}

#[test]
fn each_way_to_use_the_handle_is_listening() {
    let _alone = alone();
    for way in 0..3 {
        let ending = run_until(after(1), pending(), GRACE, async |stopping| {
            match way {
                0 => assert!(stopping.requested().now_or_never().is_none()),
                1 => assert!(!stopping.is_requested()),
                _ => drop(stopping.clone()),
            }
            sleep(seconds(4)).await;
            assert!(stopping.is_requested());
            assert!(stopping.requested().now_or_never().is_some());
            assert_eq!(format!("{stopping:?}"), "Stopping { is_requested: true }");
        });
        let (ended, took) = timed(ending);
        assert_about(took, 4);
        assert_eq!(ended.result, Some(()), "way {way}");
    }
}

#[test]
fn work_that_first_listens_when_it_is_already_asked_is_dropped() {
    let _alone = alone();
    let ending = run_until(after(1), pending(), GRACE, async |stopping| {
        sleep(seconds(2)).await;
        stopping.requested().await;
    });
    let (ended, took) = timed(ending);
    assert_about(took, 1);
    assert_eq!(ended.result, None);
}

#[test]
fn result_is_kept_when_the_request_comes_during_the_last_cleanup() {
    let _alone = alone();
    // Also one that takes more than half of the grace period, and an inner one that was handed over.
    let macros = run_until(after(1), pending(), GRACE, async |_| {
        let slow = Slow::guard(9);
        with_async_drop!(slow, { Ok::<_, Infallible>(7) }).unwrap()
    });
    let borrowing = run_until(after(1), pending(), GRACE, async |_| {
        let slow = Slow::guard(9);
        with_async_drop_2!(slow, { Ok::<_, Infallible>(7) }).unwrap()
    });
    let by_hand = run_until(after(1), pending(), GRACE, async |_| {
        Slow::guard(9).async_drop().await.unwrap();
        7
    });
    let inner = run_until(after(1), pending(), GRACE, async |_| {
        let outer = Slow::guard(0);
        let ended = with_async_drop!(outer, {
            drop(Slow::guard(9).cancel_safe());
            Ok::<_, Infallible>(7)
        });
        ended.unwrap()
    });
    let cleared = run_until(after(1), pending(), GRACE, async |_| {
        let mut map = AsyncDropHashMap::new();
        assert!(map.insert("slow", Slow::guard(9)).is_none());
        map.clear().await.unwrap();
        7
    });
    let many = run_until(after(1), pending(), GRACE, async |_| {
        let constructors = (0..40).map(|number| {
            ready(if number == 0 {
                Err(Failed)
            } else {
                Ok(Slow::guard(9))
            })
        });
        assert!(open_all(Vec::from_iter(constructors)).await.is_err());
        7
    });
    let concurrent = run_until(after(1), pending(), GRACE, async |_| {
        let mut members = Vec::from_iter((0..40).map(|_| Slow::guard(9)));
        let cleaned: Result<(), Infallible> = async_drop_concurrently!(members);
        cleaned.unwrap();
        7
    });
    for (ended, took) in [
        timed(macros),
        timed(many),
        timed(concurrent),
        timed(cleared),
        timed(borrowing),
        timed(by_hand),
        timed(inner),
    ] {
        assert_eq!(ended.result, Some(7));
        assert_eq!(ended.stopped_by, Some(StopReason::Asked));
        assert!(ended.report.is_clean());
        assert_about(took, 9);
    }
}

async fn in_a_scope(seconds: u64) {
    let slow = Slow::guard(seconds);
    let Ok(()) = with_async_drop!(slow, { Ok::<_, Infallible>(()) });
}

#[test]
fn cleanup_that_the_work_awaits_in_another_task_or_in_a_long_join_all_is_not_seen() {
    let _alone = alone();
    let few = run_until(after(1), pending(), GRACE, async |_| {
        join_all((0..3).map(|_| in_a_scope(9))).await;
    });
    let many = run_until(after(1), pending(), GRACE, async |_| {
        join_all((0..40).map(|_| in_a_scope(9))).await;
    });
    let task = run_until(after(1), pending(), GRACE, async |_| {
        tokio::spawn(in_a_scope(9)).await.unwrap();
    });
    for (work, result, finished) in [(timed(few), Some(()), 0), (timed(many), None, 40)] {
        let (ended, took) = work;
        assert_eq!(
            (ended.result, counts(&ended)),
            (result, (finished, 0, 0, 0))
        );
        assert_about(took, 9);
    }
    let (ended, _) = timed(task);
    assert_eq!(ended.result, None);
}

#[test]
fn work_that_goes_on_behind_a_cleanup_is_dropped_there() {
    let _alone = alone();
    let ending = run_until(after(1), pending(), GRACE, async |_| {
        loop {
            let slow = Slow::guard(3);
            let ended: Result<(), Infallible> = with_async_drop!(slow, { Ok(()) });
            ended.unwrap();
            sleep(seconds(3)).await;
        }
    });
    let (ended, took) = timed::<Ended<()>>(ending);
    assert_about(took, 3);
    assert!(ended.result.is_none() && ended.report.is_clean());
}

#[test]
fn nothing_that_hangs_makes_it_longer_than_the_grace_period() {
    let _alone = alone();
    let work = run_until(after(1), pending(), GRACE, async |stopping| {
        stopping.requested().await;
        pending::<()>().await;
    });
    let (ended, took) = timed(work);
    assert_about(took, 1 + 5);
    assert_eq!(counts(&ended), (0, 0, 0, 0));

    let cleanup_in_work = run_until(after(1), pending(), GRACE, async |_| {
        let slow = Slow::guard(1_000);
        with_async_drop!(slow, { Ok::<_, Infallible>(()) }).unwrap();
    });
    let (ended, took) = timed(cleanup_in_work);
    assert_about(took, 11);
    assert_eq!(ended.result, None);
    assert_eq!(counts(&ended), (0, 0, 1, 0));

    let handed_over = run_until(after(1), pending(), GRACE, async |_| {
        let slow = Slow::guard(1_000);
        with_async_drop!(slow, { pending::<Result<(), Infallible>>().await }).unwrap();
    });
    let (ended, took) = timed(handed_over);
    assert_about(took, 11);
    assert_eq!(counts(&ended), (0, 0, 1, 0));

    let armed_elsewhere = run_until(after(1), pending(), GRACE, async |_| {
        tokio::spawn(async {
            let _held = Slow::guard(0).cancel_safe();
            pending::<()>().await;
        });
        pending::<()>().await;
    });
    let (ended, took) = timed(armed_elsewhere);
    assert_about(took, 11);
    assert_eq!(counts(&ended), (0, 0, 0, 1));

    let behind_a_result = run_until(pending(), pending(), GRACE, async |_| {
        drop(Slow::guard(1_000).cancel_safe());
        "done"
    });
    let (ended, took) = timed(behind_a_result);
    assert_about(took, 10);
    assert_eq!(ended.result, Some("done"));
    assert_eq!(counts(&ended), (0, 0, 1, 0));
}

#[test]
fn longest_grace_period_is_no_panic() {
    let _alone = alone();
    let stop = after(1);
    let ending = run_until(stop, pending(), Duration::MAX, async |stopping| {
        stopping.requested().await;
        drop(Slow::guard(3).cancel_safe());
    });
    let (ended, took) = timed(ending);
    assert_about(took, 4);
    assert!(ended.result.is_some() && ended.report.is_clean());
}

#[test]
fn second_request_ends_the_wait_and_lists_what_is_left() {
    let _alone = alone();
    let listening = run_until(after(1), after(2), GRACE, async |stopping| {
        let slow = Slow::guard(1_000);
        with_async_drop!(slow, {
            tokio::spawn(async {
                let _held = Slow::guard(0).cancel_safe();
                pending::<()>().await;
            });
            stopping.requested().await;
            pending::<Result<(), Infallible>>().await
        })
    });
    let (ended, took) = timed(listening);
    assert_about(took, 3);
    assert!(ended.result.is_none() && ended.is_cut_short);
    assert_eq!(counts(&ended), (0, 0, 1, 1));

    let draining = run_until(after(1), after(2), GRACE, async |_| {
        let (quick, slow) = (Slow::guard(1), Slow::guard(1_000));
        with_async_drop!(quick, slow, { pending::<Result<(), Infallible>>().await })
    });
    let (ended, took) = timed(draining);
    assert_about(took, 3);
    assert!(ended.is_cut_short);
    assert_eq!(counts(&ended), (1, 0, 1, 0));
}

#[test]
fn wait_that_is_cut_short_tells_all_ends_since_it_began() {
    let _alone = alone();
    let ending = run_until(ready(()), after(3), GRACE, async |_| {
        let guards = (0..3_000).map(|_| Slow::guard(0).cancel_safe());
        let _guards = (guards.collect::<Vec<_>>(), Slow::guard(1_000).cancel_safe());
        pending::<()>().await;
    });
    let (ended, _) = timed(ending);
    assert_eq!(counts(&ended), (3_000, 0, 1, 0));
}

#[test]
fn request_after_the_works_end_changes_nothing_and_a_second_ends_the_wait() {
    let _alone = alone();
    for (insist, took, is_cut_short) in [(20, 10, false), (2, 3, true)] {
        let (stop, insist) = (after(1), after(insist));
        let ending = run_until(stop, insist, GRACE, async |_| {
            drop(Slow::guard(1_000).cancel_safe());
            "done"
        });
        let (ended, waited) = timed(ending);
        assert_about(waited, took);
        assert_eq!(ended.result, Some("done"));
        assert_eq!(ended.stopped_by, Some(StopReason::Asked));
        assert_eq!(ended.is_cut_short, is_cut_short);
        assert_eq!(counts(&ended), (0, 0, 1, 0));
    }
}

#[test]
fn second_request_counts_only_after_the_first() {
    let _alone = alone();
    let ending = run_until(after(2), ready(()), GRACE, async |_| {
        sleep(seconds(1)).await;
        drop(Slow::guard(5).cancel_safe());
    });
    let (ended, took) = timed(ending);
    assert_about(took, 2);
    assert!(ended.is_cut_short);
    assert_eq!(ended.result, Some(()));
}

#[test]
fn tasks_that_listen_end_when_the_work_has() {
    let _alone = alone();
    let ending = run_until(pending(), pending(), GRACE, async |stopping| {
        let stopping = stopping.clone();
        tokio::spawn(async move {
            let slow = Slow::guard(2);
            with_async_drop!(slow, {
                stopping.requested().await;
                Ok::<_, Infallible>(())
            })
        });
        sleep(seconds(1)).await;
    });
    let (ended, took) = timed(ending);
    assert_about(took, 3);
    assert_eq!(ended.result, Some(()));
    assert!(ended.report.is_clean(), "{}", ended.report);
}

#[test]
fn panic_of_the_work_goes_on_behind_its_cleanups() {
    let _alone = alone();
    let log = Log::new();
    let panics = run_until(pending(), pending(), GRACE, async |_| {
        let probe = log.guard("probe");
        let never: Result<(), common::ProbeError> =
            with_async_drop!(probe, { panic!("on purpose") });
        never
    });
    let panic = timed(AssertUnwindSafe(panics).catch_unwind())
        .0
        .unwrap_err();
    assert_eq!(payload_message(&*panic), "on purpose");
    assert_eq!(
        log.entries(),
        ["cleanup probe", "cleaned probe", "drop probe"]
    );
}

#[test]
fn panic_with_an_unclean_report_reports_it() {
    let _alone = alone();
    let (panic, reports) = reports(|| {
        let panics = run_until(ready(()), pending(), GRACE, async |_| {
            let slow = Slow::guard(1_000);
            let never: Result<(), Infallible> = with_async_drop!(slow, { panic!("on purpose") });
            never
        });
        timed(AssertUnwindSafe(panics).catch_unwind())
    });
    let (panic, took) = panic;
    assert_about(took, 10);
    assert_eq!(payload_message(&*panic.unwrap_err()), "on purpose");
    let unclean: Vec<_> = reports
        .iter()
        .filter(|report| report.message.starts_with("work panicked"))
        .collect();
    assert_eq!(unclean.len(), 1, "{reports:?}");
    assert_eq!(unclean[0].level, tracing::Level::ERROR);
    assert!(unclean[0].field("report").contains("\nstill running: "));
}

#[test]
fn plain_guard_that_is_dropped_with_the_work_panics_behind_the_other_cleanups() {
    let _alone = alone();
    let log = Log::new();
    let forgets = run_until(ready(()), pending(), GRACE, async |_| {
        let _probe = log.guard("probe").cancel_safe();
        let _plain = Slow::guard(0);
        pending::<()>().await;
    });
    let panic = timed(AssertUnwindSafe(forgets).catch_unwind())
        .0
        .unwrap_err();
    assert!(payload_message(&*panic).starts_with("Forgot to call async_drop on"));
    assert_eq!(log.count("cleaned probe"), 1);
}

#[test]
fn work_that_never_lets_go_of_its_thread_is_stopped_nonetheless() {
    let _alone = alone();
    multi_thread().block_on(async {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let stop = sleep(Duration::from_millis(50));
        // Each receive is ready, so that the work uses up all that Tokio lets a task do in one poll.
        let ending = run_until(stop, pending(), GRACE, async |_| {
            loop {
                sender.send(()).unwrap();
                receiver.recv().await;
            }
        });
        let ended: Ended<()> = ending.await;
        assert!(ended.result.is_none());
    });
}

#[test]
fn work_that_blocks_its_thread_blocks_the_end() {
    const BLOCKS: Duration = Duration::from_millis(300);
    let _alone = alone();
    for runtime in [current_thread(), multi_thread()] {
        runtime.block_on(async {
            let start = std::time::Instant::now();
            // One await to be asked at, which is not cut off before the thread comes back.
            let ending = run_until(ready(()), pending(), GRACE / 100, async |_| {
                std::thread::sleep(BLOCKS);
                pending::<()>().await;
            });
            assert!(ending.await.result.is_none());
            assert!(start.elapsed() >= BLOCKS, "{:?}", start.elapsed());
        });
    }
}

#[test]
fn tasks_of_a_group_are_ended_and_cleaned_up_on_a_real_runtime() {
    let _alone = alone();
    multi_thread().block_on(async {
        for _ in 0..50 {
            let log = Log::new();
            let stop = sleep(Duration::from_millis(2));
            let ending = run_until(stop, pending(), GRACE, async |_| {
                let group = AsyncDropTaskGroup::new(log.guard("shared"));
                with_async_drop!(group, {
                    for _ in 0..4 {
                        let probe = log.guard("task").cancel_safe();
                        group.spawn(async move |_shared| {
                            let never: Result<(), common::ProbeError> =
                                with_async_drop!(probe, { pending().await });
                            never
                        });
                    }
                    group.join_all().await.map(drop)
                })
            });
            let ended = ending.await;
            assert!(ended.report.is_clean(), "{}", ended.report);
            assert_eq!(log.count("cleaned task"), 4);
            assert_eq!(log.entries().last().unwrap(), "drop shared");
        }
    });
}

#[test]
fn cancelled_it_leaves_the_works_cleanups_to_the_next_drain() {
    let _alone = alone();
    let (report, took) = timed(async {
        let ending = run_until(pending(), pending(), GRACE, async |_| {
            let slow = Slow::guard(3);
            with_async_drop!(slow, { pending::<Result<(), Infallible>>().await })
        });
        assert!(tokio::time::timeout(seconds(1), ending).await.is_err());
        drain(GRACE).await
    });
    assert_about(took, 4);
    assert_eq!(report.finished.len(), 1);
}

#[test]
fn cleanups_in_the_scope_of_a_tracker_are_left_to_the_tracker() {
    let _alone = alone();
    let tracker = CleanupTracker::new();
    let (report, took) = timed(async {
        let ending = run_until(after(1), pending(), GRACE, async |_| {
            let slow = Slow::guard(3);
            tracker
                .scope(async {
                    with_async_drop!(slow, { pending::<Result<(), Infallible>>().await })
                })
                .await
        });
        let ended = ending.await;
        assert_eq!(counts(&ended), (0, 0, 0, 0));
        tracker.drain(GRACE).await
    });
    assert_about(took, 4);
    assert_eq!(report.finished.len(), 1);
}

#[test]
fn work_need_not_be_send() {
    let _alone = alone();
    let local = tokio::task::LocalSet::new();
    let (ended, took) =
        timed(
            local.run_until(run_until(after(1), pending(), GRACE, async |stopping| {
                let shared = std::rc::Rc::new(42);
                let slow = Slow::guard(3);
                let task = tokio::task::spawn_local(async move {
                    with_async_drop!(slow, {
                        stopping.requested().await;
                        Ok::<_, Infallible>(*shared)
                    })
                });
                task.await.unwrap().unwrap()
            })),
        );
    assert_about(took, 4);
    assert_eq!(ended.result, Some(42));
    assert!(ended.report.is_clean());
}

#[test]
fn future_can_be_spawned() {
    let _alone = alone();
    multi_thread().block_on(async {
        let stop = sleep(Duration::from_millis(1));
        let ending = run_until(stop, pending(), GRACE, async |stopping| {
            stopping.requested().await;
            1
        });
        assert_eq!(tokio::spawn(ending).await.unwrap().result, Some(1));
    });
}

#[test]
fn exit_code_says_what_went_wrong() {
    let _alone = alone();
    let ended = |result, stopped_by| Ended {
        result,
        report: Default::default(),
        stopped_by,
        is_cut_short: false,
    };
    let code = |code| ExitCode::from(code);
    let (interrupt, terminate) = (StopReason::Interrupt, StopReason::Terminate);
    assert_eq!(ended(Some(code(0)), None).exit_code(), code(0));
    assert_eq!(ended(Some(code(7)), None).exit_code(), code(7));
    assert_eq!(ended(Some(code(7)), Some(interrupt)).exit_code(), code(7));
    assert_eq!(ended(None, Some(interrupt)).exit_code(), code(130));
    assert_eq!(ended(None, Some(terminate)).exit_code(), code(143));
    let asked = StopReason::Asked;
    assert_eq!(ended(None, Some(asked)).exit_code(), code(0));

    let unclean = run_until(ready(()), pending(), GRACE, async |_| {
        drop(Slow::guard(1_000).cancel_safe());
        pending::<()>().await;
    });
    assert_eq!(timed(unclean).0.exit_code(), code(1));
}

#[test]
fn panic_outside_of_the_work_is_not_swallowed() {
    let _alone = alone();
    let stop = async { panic!("no stop") };
    let ending = run_until(stop, pending(), GRACE, async |_| pending::<()>().await);
    let panicked = catch_unwind(AssertUnwindSafe(|| timed(ending)));
    assert_eq!(payload_message(&*panicked.unwrap_err()), "no stop");
}
