use std::time::{Duration, Instant};

use async_drop_utils::testing::{Explorer, InjectedFault, Ledger, fallible};
use tokio::sync::oneshot;
use tokio::task::{JoinSet, LocalSet, spawn_blocking, yield_now};
use tokio::time::{interval, sleep, timeout};

#[test]
fn what_spawned_tasks_close_after_the_scenario_is_closed() {
    Explorer::new()
        .failures(async || {
            let entry = Ledger::current().open("connection");
            tokio::spawn(async move {
                sleep(Duration::from_secs(200)).await;
                tokio::spawn(async move {
                    yield_now().await;
                    entry.close();
                });
            });
        })
        .unwrap();
}

#[test]
fn what_blocking_threads_close_after_the_scenario_is_closed() {
    for explorer in [Explorer::new(), Explorer::new().wall_clock()] {
        explorer
            .failures(async || {
                drop(spawn_blocking(|| {
                    std::thread::sleep(Duration::from_millis(50));
                    Ledger::current().open("file").close();
                }));
            })
            .unwrap();
    }
}

#[test]
fn a_blocking_thread_opens_on_the_same_books() {
    let leak = Explorer::new()
        .failures(async || spawn_blocking(|| drop(Ledger::current().open("file"))).await)
        .unwrap_err();
    assert_eq!(
        leak.to_string(),
        "leaks when nothing fails\nstill open: file #1"
    );
}

#[test]
fn an_operation_of_a_spawned_task_is_failed_in_turn() {
    let leak = Explorer::new()
        .failures(async || {
            let task = tokio::spawn(async {
                let entry = Ledger::current().open("connection");
                fallible("fetch").await?;
                entry.close();
                Ok::<(), InjectedFault>(())
            });
            fallible("ping").await.ok();
            task.await.unwrap().ok();
        })
        .unwrap_err();
    assert_eq!(
        leak.to_string(),
        "leaks when fetch #1 fails\nstill open: connection #1"
    );
}

#[test]
fn tasks_that_a_cancelled_owner_aborts_leak_what_they_hold() {
    let leak = Explorer::new()
        .cancellations(async || {
            let mut tasks = JoinSet::new();
            tasks.spawn(async {
                let entry = Ledger::current().open("connection");
                sleep(Duration::from_secs(1)).await;
                entry.close();
            });
            yield_now().await; // the task has not run yet
            while tasks.join_next().await.is_some() {}
        })
        .unwrap_err();
    assert_eq!(
        leak.to_string(),
        "leaks when cancelled at await #2\nstill open: connection #1"
    );
}

#[test]
fn time_passes_at_once() {
    let start = Instant::now();
    Explorer::new()
        .all(async || {
            sleep(Duration::from_secs(3600)).await;
            assert!(
                timeout(Duration::from_secs(60), std::future::pending::<()>())
                    .await
                    .is_err()
            );
        })
        .unwrap();
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_task_that_never_ends_is_aborted_with_the_runtime() {
    let start = Instant::now();
    Explorer::new()
        .failures(async || {
            tokio::spawn(async {
                let mut interval = interval(Duration::from_millis(1));
                loop {
                    interval.tick().await;
                }
            });
            tokio::spawn(std::future::pending::<()>());
            fallible("fetch").await.ok();
        })
        .unwrap();
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_a_task_closes_later_than_the_bound_is_still_open() {
    let scenario = async || {
        let entry = Ledger::current().open("connection");
        tokio::spawn(async move {
            sleep(Duration::from_secs(10)).await;
            entry.close();
        });
    };
    let short = Explorer::new().settle_within(Duration::from_secs(9));
    assert_eq!(
        short.failures(scenario).unwrap_err().to_string(),
        "leaks when nothing fails\nstill open: connection #1"
    );
    let long = Explorer::new().settle_within(Duration::from_secs(11));
    long.failures(scenario).unwrap();
}

#[test]
fn a_wait_for_another_thread_is_waited_for_on_the_wall_clock() {
    let scenario = async || {
        let (answer, answered) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            answer.send(()).ok();
        });
        let answered = timeout(Duration::from_secs(60), answered).await;
        thread.join().unwrap();
        answered
    };
    let lost = |explorer: Explorer| {
        explorer
            .failures(async || scenario().await.map(drop))
            .is_err()
    };
    assert!(
        lost(Explorer::new()),
        "the paused clock jumps to the timeout"
    );
    assert!(!lost(Explorer::new().wall_clock()));
}

#[test]
fn tasks_of_a_cancelled_local_set_leak_what_they_hold() {
    let scenario = async || {
        let local = LocalSet::new();
        local.spawn_local(async {
            let entry = Ledger::current().open("connection");
            fallible("fetch").await.ok();
            entry.close();
        });
        local.await;
    };
    assert_eq!(Explorer::new().failures(scenario).unwrap().faults(), 2);
    assert_eq!(
        Explorer::new()
            .cancellations(scenario)
            .unwrap_err()
            .to_string(),
        "leaks when cancelled at await #1\nstill open: connection #1"
    );
}
