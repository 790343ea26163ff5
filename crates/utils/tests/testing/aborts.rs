//! Tasks that are aborted before they start and at each of their awaits.

use std::time::Duration;

use async_drop_utils::testing::{Explorer, Ledger, abortable, fallible, spawn};
use tokio::task::{JoinSet, yield_now};
use tokio::time::sleep;

use crate::way_out::OnDrop;
use crate::{By, finds, survives};

#[derive(Clone, Copy, PartialEq)]
enum Guarded {
    Never,
    FromItsStart,
    FromTheCaller,
}

async fn with_a_worker(guarded: Guarded) {
    let entry = Ledger::current().open("socket");
    let worker = if guarded == Guarded::FromTheCaller {
        let close = OnDrop::new(move || entry.close());
        spawn(async move {
            yield_now().await;
            drop(close);
        })
    } else {
        spawn(async move {
            let close = OnDrop::new(move || entry.close());
            if guarded == Guarded::Never {
                close.forget();
            }
            yield_now().await;
        })
    };
    worker.await.ok();
}

#[test]
fn before_its_first_poll() {
    finds(
        By::All,
        async || with_a_worker(Guarded::FromItsStart).await,
        "leaks when task #1 is aborted before it starts\nstill open: socket #1",
    );
    survives(async || with_a_worker(Guarded::FromTheCaller).await);
}

/// Two awaits, and what is open at which of them is not guarded.
async fn two_steps(open_at: usize) {
    let worker = spawn(async move {
        for step in 1..=2 {
            let entry = Ledger::current().open("step");
            if step == open_at {
                sleep(Duration::from_secs(1)).await;
                entry.close();
            } else {
                let close = OnDrop::new(move || entry.close());
                sleep(Duration::from_secs(1)).await;
                drop(close);
            }
        }
    });
    worker.await.ok();
}

#[test]
fn at_each_of_its_awaits() {
    finds(
        By::Pairs,
        async || two_steps(1).await,
        "leaks when task #1 is aborted at its await #1\nstill open: step #1",
    );
    finds(
        By::Pairs,
        async || two_steps(2).await,
        "leaks when task #1 is aborted at its await #2\nstill open: step #2",
    );
    survives(async || two_steps(0).await);
}

#[test]
fn in_a_join_set() {
    let scenario = async |guarded: bool| {
        let mut workers = JoinSet::new();
        for _ in 0..2 {
            let work = async move {
                let entry = Ledger::current().open("socket");
                if guarded {
                    let close = OnDrop::new(move || entry.close());
                    fallible("work").await.ok();
                    drop(close);
                } else {
                    fallible("work").await.ok();
                    entry.close();
                }
            };
            // What `start` returns beside the handle is handed on.
            let number = abortable(work, |work| (7, workers.spawn(work)));
            assert_eq!(number, 7);
        }
        while workers.join_next().await.is_some() {}
    };
    let of_the_second = "leaks when task #2 is aborted at its await #1";
    let found = Explorer::only(of_the_second).all(async || scenario(false).await);
    assert_eq!(
        found.unwrap_err().to_string(),
        format!("{of_the_second}\nstill open: socket #2")
    );
    survives(async || scenario(true).await);
    let report = Explorer::new().all(async || scenario(true).await).unwrap();
    assert_eq!(
        report.aborts(),
        4,
        "each of two tasks, at its start and at one await"
    );
    assert!(report.to_string().contains(", 4 aborts, "), "{report}");
}

#[test]
fn a_task_of_tokio_alone_is_not_aborted() {
    let report = Explorer::new()
        .all(async || {
            let worker = tokio::spawn(yield_now());
            worker.await.unwrap();
        })
        .unwrap();
    assert_eq!(report.aborts(), 0);
}

#[tokio::test]
async fn outside_of_an_exploration_nothing_is_aborted() {
    let spawned = spawn(async {
        yield_now().await;
        1
    });
    assert_eq!(spawned.await.unwrap(), 1);
    let mut workers = JoinSet::new();
    let shown = abortable(async { 2 }, |work| {
        let shown = format!("{work:?}");
        (shown, workers.spawn(work))
    });
    assert_eq!(shown, "Abortable");
    assert_eq!(workers.join_next().await.unwrap().unwrap(), 2);
}
