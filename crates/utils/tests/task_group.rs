//! Tasks that share a guarded value.
#![cfg(feature = "tokio")]

mod common;
#[path = "common/drained.rs"]
mod drained;

use std::future::pending;
use std::pin::pin;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use async_drop_utils::{
    AsyncDrop, AsyncDropArc, AsyncDropGuard, AsyncDropTaskGroup, CleanupTracker, drain,
    with_async_drop,
};
use common::{
    Log, Probe, ProbeError, Report, block_on, cancel_after, cancel_at_first_await,
    on_both_flavours, panic_message, reports,
};
use drained::drained;
use tokio::sync::Notify;
use tokio::task::{JoinSet, yield_now};

const FILE: &str = file!();

#[derive(Debug, PartialEq)]
enum JobError {
    Job(&'static str),
    Cleanup(ProbeError),
}

impl From<ProbeError> for JobError {
    fn from(error: ProbeError) -> Self {
        Self::Cleanup(error)
    }
}

type Group<R = &'static str> = AsyncDropGuard<AsyncDropTaskGroup<Probe, R, JobError>>;
type Owner = AsyncDropGuard<AsyncDropArc<Probe>>;

fn group(log: &Log) -> Group {
    AsyncDropTaskGroup::new(log.guard("value"))
}

/// Logs `begin NAME`, waits `waits` times, then logs `end NAME`.
async fn job(owner: Owner, name: &'static str, waits: usize) -> Result<&'static str, JobError> {
    owner.log().push(format_args!("begin {name}"));
    for _ in 0..waits {
        yield_now().await;
    }
    owner.log().push(format_args!("end {name}"));
    Ok(name)
}

async fn failing_job(owner: Owner, name: &'static str) -> Result<&'static str, JobError> {
    owner.log().push(format_args!("begin {name}"));
    Err(JobError::Job(name))
}

/// What is said where tasks end in the order in which they were spawned.
fn reports_of_one_thread<R>(scenario: impl Future<Output = R>) -> (R, Vec<Report>) {
    reports(|| block_on(scenario))
}

/// Says when it is dropped, at the end of its task or cut off.
struct SaysWhenDropped(Log);

impl Drop for SaysWhenDropped {
    fn drop(&mut self) {
        self.0.push("task ended");
    }
}

async fn endless_job(owner: Owner) -> Result<&'static str, JobError> {
    let _says = SaysWhenDropped(owner.log().clone());
    pending().await
}

#[test]
fn results_come_in_the_order_of_the_tasks_and_the_value_is_cleaned_up_after_the_last() {
    on_both_flavours(async || {
        let log = Log::new();
        let group = group(&log);
        let results: Result<_, JobError> = with_async_drop!(group, {
            group.spawn(|owner| job(owner, "slow", 5));
            group.spawn(|owner| job(owner, "quick", 0));
            assert_eq!(group.len(), 2);
            let results = group.join_all().await;
            assert!(group.is_empty());
            results
        });
        assert_eq!(results.unwrap(), ["slow", "quick"]);
        let entries = log.entries();
        assert!(entries[..4].contains(&"end slow".to_owned()), "{entries:?}");
        assert_eq!(
            entries[4..],
            ["cleanup value", "cleaned value", "drop value"]
        );
    });
}

#[test]
fn first_error_ends_the_other_tasks_before_the_value_is_cleaned_up() {
    on_both_flavours(async || {
        let log = Log::new();
        let group = group(&log);
        let results: Result<Vec<_>, JobError> = with_async_drop!(group, {
            group.spawn(endless_job);
            group.spawn(|owner| failing_job(owner, "fails"));
            let results = group.join_all().await;
            assert!(group.is_empty());
            results
        });
        assert_eq!(results, Err(JobError::Job("fails")));
        let entries = log.entries();
        let place = |entry: &str| entries.iter().position(|e| e == entry);
        assert!(place("task ended").is_none_or(|ended| Some(ended) < place("cleanup value")));
        assert_eq!(log.count("cleaned value"), 1);
    });
}

#[test]
fn what_an_ended_task_held_is_cleaned_up_behind_the_join_and_before_the_value() {
    on_both_flavours(async || {
        let log = Log::new();
        let group = group(&log);
        let (end, ended) = tokio::sync::oneshot::channel();
        let results: Result<Vec<_>, JobError> = with_async_drop!(group, {
            let (held, begun) = (Held(log.clone(), Some(ended)), Arc::new(Notify::new()));
            let begins = Arc::clone(&begun);
            group.spawn(async move |_owner| {
                let held = AsyncDropGuard::new(held);
                with_async_drop!(held, {
                    begins.notify_one();
                    pending().await
                })
            });
            begun.notified().await;
            group.spawn(|owner| failing_job(owner, "fails"));
            let results = group.join_all().await;
            log.push("joined");
            end.send(()).unwrap();
            results
        });
        assert_eq!(results, Err(JobError::Job("fails")));
        assert_eq!(
            log.entries()[1..4],
            ["joined", "cleaned held", "cleanup value"]
        );
    });
}

/// Its cleanup ends when it is told to.
#[derive(Debug)]
struct Held(Log, Option<tokio::sync::oneshot::Receiver<()>>);

#[async_trait::async_trait]
impl AsyncDrop for Held {
    type Error = ProbeError;

    async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
        if let Some(end) = self.1.take() {
            end.await.unwrap();
        }
        self.0.push("cleaned held");
        Ok(())
    }
}

#[test]
fn errors_after_the_first_are_reported() {
    let ((), reports) = reports_of_one_thread(async {
        let log = Log::new();
        let group: Group = AsyncDropTaskGroup::new(log.probe("value").failing().guard());
        let results: Result<Vec<_>, JobError> = with_async_drop!(group, {
            group.spawn(|owner| failing_job(owner, "first"));
            group.spawn(|owner| failing_job(owner, "second"));
            group.join_all().await
        });
        assert_eq!(results, Err(JobError::Job("first")));
    });
    assert_eq!(reports.len(), 2, "{reports:?}");
    assert_eq!(reports[0].message, "task failed");
    assert_eq!(reports[0].field("error"), r#"Job("second")"#);
    assert_eq!(
        reports[0].field("type_name"),
        std::any::type_name::<Probe>()
    );
    assert!(reports[0].field("origin").starts_with(FILE));
    assert_eq!(reports[1].message, "cleanup failed");
}

#[test]
fn error_of_the_cleanup_is_returned_when_the_tasks_succeed() {
    block_on(async {
        let group: Group = AsyncDropTaskGroup::new(Log::new().probe("value").failing().guard());
        let results: Result<Vec<_>, JobError> = with_async_drop!(group, {
            group.spawn(|owner| job(owner, "a", 0));
            group.join_all().await
        });
        assert_eq!(results, Err(JobError::Cleanup(ProbeError("value"))));
    });
}

#[test]
fn tasks_are_joined_one_by_one_as_they_end() {
    on_both_flavours(async || {
        let log = Log::new();
        let group = group(&log);
        let result: Result<(), JobError> = with_async_drop!(group, {
            assert_eq!(group.value().name, "value");
            group.spawn(|owner| job(owner, "slow", 500));
            group.spawn(|owner| job(owner, "quick", 0));
            assert_eq!(group.join_next().await, Some(Ok("quick")));
            assert_eq!(group.join_next().await, Some(Ok("slow")));
            assert_eq!(group.join_next().await, None);
            group.spawn(|owner| failing_job(owner, "fails"));
            let failed = group.join_next().await;
            assert_eq!(failed, Some(Err(JobError::Job("fails"))));
            Ok(())
        });
        assert_eq!(result, Ok(()));
    });
}

#[test]
fn error_that_is_joined_alone_leaves_the_other_tasks_running() {
    on_both_flavours(async || {
        let log = Log::new();
        let group = group(&log);
        let result: Result<(), JobError> = with_async_drop!(group, {
            group.spawn(|owner| job(owner, "slow", 500));
            group.spawn(|owner| failing_job(owner, "fails"));
            let failed = group.join_next().await;
            assert_eq!(failed, Some(Err(JobError::Job("fails"))));
            assert_eq!(group.join_all().await, Ok(vec!["slow"]));
            Ok(())
        });
        assert_eq!(result, Ok(()));
    });
}

#[test]
fn leaving_the_scope_early_ends_the_tasks_then_cleans_up() {
    on_both_flavours(async || {
        let log = Log::new();
        let group = group(&log);
        let result: Result<(), JobError> = with_async_drop!(group, {
            group.spawn(endless_job);
            yield_now().await;
            Err(JobError::Job("left"))?;
            Ok(())
        });
        assert_eq!(result, Err(JobError::Job("left")));
        let entries = log.entries();
        let (ended, cleanup) = entries.split_at(entries.len() - 3);
        assert_eq!(cleanup, ["cleanup value", "cleaned value", "drop value"]);
        assert!(
            ended.iter().all(|entry| entry == "task ended"),
            "{entries:?}"
        );
    });
}

#[test]
fn tasks_that_nobody_has_joined_are_ended_though_the_body_succeeds() {
    on_both_flavours(async || {
        let log = Log::new();
        let group = group(&log);
        let result: Result<(), JobError> = with_async_drop!(group, {
            group.spawn(|owner| job(owner, "unjoined", 1_000));
            group.spawn(endless_job);
            yield_now().await;
            Ok(())
        });
        assert_eq!(result, Ok(()));
        assert_eq!(log.count("end unjoined"), 0);
        assert_eq!(log.cleaned(), ["value"]);
    });
}

#[test]
fn owners_may_be_cleaned_up_dropped_or_kept_beyond_the_task() {
    on_both_flavours(async || {
        let log = Log::new();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let group = group(&log);
        let result: Result<_, JobError> = with_async_drop!(group, {
            group.spawn(async |mut owner| Ok(owner.async_drop().await.map(|()| "cleaned up")?));
            group.spawn(async |owner| {
                drop(owner);
                Ok("dropped")
            });
            group.spawn(async |owner| {
                sender.send(owner).map_err(drop).unwrap();
                Ok("kept")
            });
            group.join_all().await
        });
        assert_eq!(result.unwrap(), ["cleaned up", "dropped", "kept"]);
        assert_eq!(log.count("cleanup value"), 0);
        let mut kept: Owner = receiver.await.unwrap();
        assert_eq!(kept.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned value"), 1);
    });
}

#[test]
fn owner_that_a_task_has_given_away_cleans_up_behind_the_group() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let mut group = group(&log);
        let (give, given) = tokio::sync::oneshot::channel();
        let (finish, finished) = std::sync::mpsc::channel::<()>();
        let scope = tracker.clone();
        group.spawn(async move |owner: Owner| {
            let elsewhere = tokio::task::spawn_blocking(move || {
                finished.recv().unwrap();
                drop(scope.scope(async move { drop(owner) }));
            });
            give.send(elsewhere).unwrap();
            pending().await
        });
        let elsewhere = given.await.unwrap();
        assert_eq!(group.async_drop().await, Ok(()));
        assert_eq!(log.count("cleanup value"), 0);
        finish.send(()).unwrap();
        elsewhere.await.unwrap();
        assert!(tracker.drain(Duration::from_secs(60)).await.is_clean());
        assert_eq!(log.count("cleaned value"), 1);
    });
}

#[test]
fn joining_that_is_cancelled_loses_no_result_and_no_error() {
    block_on(async {
        let log = Log::new();
        let group = group(&log);
        let result: Result<(), JobError> = with_async_drop!(group, {
            group.spawn(|owner| job(owner, "quick", 0));
            group.spawn(|owner| job(owner, "slow", 20));
            for _ in 0..5 {
                cancel_at_first_await(group.join_all());
                yield_now().await;
            }
            assert_eq!(group.len(), 1, "`quick` has been joined");
            group.spawn(|owner| job(owner, "later", 0));
            assert_eq!(group.join_all().await.unwrap(), ["quick", "slow", "later"]);

            group.spawn(|owner| job(owner, "quick", 0));
            group.spawn(|owner| job(owner, "quick, too", 0));
            group.spawn(|owner| job(owner, "slow", 20));
            for _ in 0..5 {
                cancel_at_first_await(group.join_all());
                yield_now().await;
            }
            assert_eq!(group.len(), 1);
            assert_eq!(group.join_next().await, Some(Ok("quick")));
            assert_eq!(group.join_next().await, Some(Ok("quick, too")));
            assert_eq!(group.join_next().await, Some(Ok("slow")));
            Ok(())
        });
        assert_eq!(result, Ok(()));
    });
}

#[test]
fn error_survives_a_join_that_is_cancelled_while_it_ends_the_others() {
    for by_next in [false, true] {
        block_on(async {
            let log = Log::new();
            let group = group(&log);
            let result: Result<(), JobError> = with_async_drop!(group, {
                group.spawn(|owner| failing_job(owner, "fails"));
                group.spawn(endless_job);
                yield_now().await;
                yield_now().await;
                // Sees the failure, and tells the other task to end, which needs a turn of the runtime's.
                cancel_at_first_await(group.join_all());
                assert_eq!(group.len(), 1);
                if by_next {
                    let error = group.join_next().await;
                    assert_eq!(error, Some(Err(JobError::Job("fails"))));
                    assert_eq!(group.join_next().await, None);
                } else {
                    assert_eq!(group.join_all().await, Err(JobError::Job("fails")));
                }
                group.spawn(|owner| job(owner, "after", 0));
                assert_eq!(group.join_all().await.unwrap(), ["after"]);
                Ok(())
            });
            assert_eq!(result, Ok(()));
        });
    }
}

#[test]
fn error_that_nobody_asks_for_is_reported_and_so_is_a_panic() {
    let ((), reports) = reports_of_one_thread(async {
        let log = Log::new();
        let mut group = group(&log);
        group.spawn(|owner| failing_job(owner, "fails"));
        group.spawn(async |_| panic!("broken"));
        for _ in 0..5 {
            yield_now().await;
        }
        assert_eq!(group.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned value"), 1);
    });
    assert_eq!(reports.len(), 2, "{reports:?}");
    for word in [r#"Job("fails")"#, "broken"] {
        let says = |report: &&Report| report.field("error").contains(word);
        let report = reports.iter().find(says).expect(word);
        assert_eq!(report.message, "task failed");
    }
}

#[test]
fn error_of_a_join_that_was_cancelled_for_good_is_reported() {
    let ((), reports) = reports_of_one_thread(async {
        let mut group = group(&Log::new());
        group.spawn(|owner| failing_job(owner, "fails"));
        group.spawn(endless_job);
        yield_now().await;
        yield_now().await;
        cancel_at_first_await(group.join_all());
        assert_eq!(group.async_drop().await, Ok(()));
    });
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert_eq!(reports[0].field("error"), r#"Job("fails")"#);
}

#[test]
fn panic_of_a_task_ends_the_others_and_goes_on_in_who_joins() {
    for by_next in [false, true] {
        let log = Log::new();
        let message = panic_message(|| {
            block_on(async {
                let tracker = CleanupTracker::new();
                let group = group(&log);
                let joining = async {
                    let _results: Result<(), JobError> = with_async_drop!(group, {
                        group.spawn(endless_job);
                        group.spawn(async |_| panic!("broken"));
                        if by_next {
                            group.join_next().await.unwrap()?;
                        } else {
                            group.join_all().await?;
                        }
                        Ok(())
                    });
                };
                let panicked = futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(
                    tracker.scope(joining),
                ));
                let panic = panicked.await.unwrap_err();
                let report = tracker.drain(Duration::from_secs(60)).await;
                assert!(report.is_clean(), "{report}");
                assert_eq!(log.count("cleaned value"), 1);
                std::panic::resume_unwind(panic);
            });
        });
        assert_eq!(message, "broken");
    }
}

#[test]
fn group_that_is_cancelled_ends_its_tasks_and_cleans_up_after_the_last() {
    on_both_flavours(async || {
        let log = Log::new();
        let group = group(&log);
        let never_joined = async {
            let results: Result<Vec<_>, JobError> = with_async_drop!(group, {
                group.spawn(endless_job);
                group.join_all().await
            });
            results
        };
        drained(async {
            let cancelled = tokio::time::timeout(Duration::from_millis(5), never_joined);
            assert!(cancelled.await.is_err());
        })
        .await;
        assert_eq!(
            log.entries(),
            ["task ended", "cleanup value", "cleaned value", "drop value"]
        );
    });
}

#[test]
fn cleanup_awaits_a_task_that_is_just_being_polled() {
    common::multi_thread().block_on(async {
        let log = Log::new();
        let gate = Arc::new(Barrier::new(2));
        let (begin, begun) = tokio::sync::oneshot::channel();
        let mut group = group(&log);
        let behind = Arc::clone(&gate);
        group.spawn(async move |owner| {
            let _says = SaysWhenDropped(owner.log().clone());
            begin.send(()).unwrap();
            behind.wait(); // its thread is not given back before
            pending().await
        });
        begun.await.unwrap();
        let mut cleaning = pin!(group.async_drop());
        let early = tokio::time::timeout(Duration::from_millis(20), &mut cleaning).await;
        gate.wait();
        assert!(early.is_err(), "{:?}", log.entries());
        assert_eq!(cleaning.await, Ok(()));
        assert_eq!(
            log.entries(),
            ["task ended", "cleanup value", "cleaned value", "drop value"]
        );
    });
}

#[test]
fn group_that_is_dropped_outside_of_a_scope_is_cancel_safe_by_itself() {
    on_both_flavours(async || {
        let log = Log::new();
        drained(async {
            let mut group = group(&log);
            group.spawn(endless_job);
            yield_now().await;
        })
        .await;
        assert_eq!(log.count("cleaned value"), 1);
    });
}

#[test]
fn group_whose_cleanup_is_cancelled_goes_on_with_the_next_call() {
    block_on(async {
        let log = Log::new();
        let mut group: Group = AsyncDropTaskGroup::new(log.probe("value").stuck_once().guard());
        group.spawn(endless_job);
        yield_now().await;
        cancel_at_first_await(group.async_drop()); // while it ends the task
        yield_now().await;
        cancel_at_first_await(group.async_drop()); // while it cleans the value up
        assert_eq!(group.async_drop().await, Ok(()));
        assert_eq!(log.count("task ended"), 1);
        assert_eq!(log.count("cleaned value"), 1);
    });
}

#[test]
fn cleanup_that_tasks_hand_over_goes_to_the_tracker_of_the_group() {
    on_both_flavours(async || {
        let log = Log::new();
        let inner = log.guard("inner").cancel_safe();
        let group = group(&log);
        let finished = drained(async {
            let result: Result<(), JobError> = with_async_drop!(group, {
                group.spawn(async |_| {
                    drop(inner);
                    Ok("dropped")
                });
                group.join_all().await?;
                Ok(())
            });
            assert_eq!(result, Ok(()));
        })
        .await;
        assert_eq!(finished.len(), 1);
        assert_eq!(log.count("cleaned inner"), 1);
    });
}

/// Cuts work off inside the scope of a lease: what has been cleaned up when that scope has ended.
async fn cut_off_in_the_scope_of_a_lease(log: &Log, work: impl Future<Output = ()>) -> Vec<String> {
    let lease = log.guard("lease");
    let ended = with_async_drop!(lease, {
        cancel_after(2, work).await;
        Ok::<_, ProbeError>(())
    });
    assert_eq!(ended, Ok(()));
    log.cleaned()
}

#[test]
fn value_of_a_group_is_cleaned_up_before_that_of_the_scope_around_and_a_join_sets_behind_it() {
    let endless = async |_owner: Owner| pending::<Result<&str, JobError>>().await;
    on_both_flavours(async || {
        let log = Log::new();
        let group: Group = AsyncDropTaskGroup::new(log.probe("value").yielding(3).guard());
        let in_a_group = async {
            let never = with_async_drop!(group, {
                group.spawn(endless);
                pending::<Result<(), JobError>>().await
            });
            never.unwrap();
        };
        let cleaned = cut_off_in_the_scope_of_a_lease(&log, in_a_group).await;
        assert_eq!(cleaned, ["value", "lease"]);
    });
    // On one thread, since another may happen to drop the task in time.
    block_on(async {
        let log = Log::new();
        let value = AsyncDropArc::new(log.probe("value").yielding(9).guard().cancel_safe());
        let in_a_join_set = async {
            let never: Result<(), ProbeError> = with_async_drop!(value, {
                let mut tasks = JoinSet::new();
                let owner = AsyncDropArc::clone(&value);
                tasks.spawn(async move { with_async_drop!(owner, { pending().await }) });
                let ended: Vec<Result<(), ProbeError>> = tasks.join_all().await;
                ended.into_iter().collect()
            });
            never.unwrap();
        };
        let cleaned = cut_off_in_the_scope_of_a_lease(&log, in_a_join_set).await;
        assert_eq!(cleaned, ["lease"]);
        assert!(drain(Duration::from_secs(20)).await.failed.is_empty());
        assert_eq!(log.cleaned(), ["lease", "value"]);
    });
}
