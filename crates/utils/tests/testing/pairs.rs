//! One thing after another, where the scenario survives either alone.

use std::time::{Duration, Instant};

use async_drop_utils::testing::{
    Entry, Explorer, InjectedFault, Ledger, Outcome, fallible, request, restartable, spawn,
};
use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::way_out::OnDrop;
use crate::{By, finds, survives};

#[track_caller]
pub fn only_a_pair_shows<O: Outcome>(scenario: impl AsyncFn() -> O, finding: &str) {
    Explorer::new().all(&scenario).unwrap();
    finds(By::Pairs, scenario, finding);
}

/// A file that is closed unless somebody forgets it.
pub fn file() -> OnDrop<impl FnOnce()> {
    let entry = Ledger::current().open("file");
    OnDrop::new(move || entry.close())
}

async fn fall_back(forgets: bool) {
    let file = file();
    if fallible("write").await.is_err()
        && fallible("write to the other disk").await.is_err()
        && forgets
    {
        file.forget();
    }
}

#[test]
fn a_fault_and_a_fault() {
    only_a_pair_shows(
        async || fall_back(true).await,
        "leaks when write #1 fails and then write to the other disk #1 fails\nstill open: file #1",
    );
    survives(async || fall_back(false).await);
}

#[test]
fn a_fault_and_a_cancellation_in_the_cleanup_that_it_started() {
    let scenario = async |guarded: bool| {
        if fallible("write").await.is_err() {
            let copy = Ledger::current().open("copy");
            if guarded {
                let close = OnDrop::new(move || copy.close());
                fallible("hand back").await.ok();
                drop(close);
            } else {
                fallible("hand back").await.ok();
                copy.close();
            }
        }
    };
    only_a_pair_shows(
        async || scenario(false).await,
        "leaks when write #1 fails and then cancelled at await #2\nstill open: copy #1",
    );
    survives(async || scenario(true).await);
}

/// A connection whose cleanup fails is still open; only its owner knows how to close it by force.
#[derive(Debug)]
struct Connection {
    entry: Entry,
    closes_by_force: bool,
}

#[async_trait::async_trait]
impl AsyncDrop for Connection {
    type Error = InjectedFault;

    async fn async_drop_impl(&mut self) -> Result<(), InjectedFault> {
        let closed = fallible("close").await;
        if closed.is_ok() || self.closes_by_force {
            self.entry.close();
        }
        closed
    }
}

#[test]
fn a_cancellation_and_a_fault_in_the_cleanup_that_it_started() {
    let scenario = async |closes_by_force: bool| {
        let entry = Ledger::current().open("connection");
        let mut connection = AsyncDropGuard::new_cancel_safe(Connection {
            entry,
            closes_by_force,
        });
        fallible("fetch").await.ok();
        // The owner's own way out does not fail.
        connection.closes_by_force = true;
        connection.async_drop().await.ok();
    };
    only_a_pair_shows(
        async || scenario(false).await,
        "leaks when cancelled at await #1 and then close #1 fails\nstill open: connection #1",
    );
    survives(async || scenario(true).await);
}

#[test]
fn a_fault_and_silence_in_the_cleanup_that_it_started() {
    let scenario = async |forgets: bool| {
        let file = file();
        if fallible("write").await.is_err() {
            let limit = Duration::from_secs(5);
            let handed_back = timeout(limit, fallible("hand back")).await;
            if handed_back.is_err() && forgets {
                file.forget();
            }
        }
    };
    only_a_pair_shows(
        async || scenario(true).await,
        "leaks when write #1 fails and then hand back #1 never answers\nstill open: file #1",
    );
    survives(async || scenario(false).await);
    let keeps_time = Explorer::new().keeps_time();
    keeps_time.pairs(async || scenario(true).await).unwrap();
}

#[test]
fn an_abort_and_a_fault() {
    let scenario = async |forgets: bool| {
        let file = file();
        let worker = spawn(async { sleep(Duration::from_secs(1)).await });
        if worker.await.is_err() && fallible("recover").await.is_err() && forgets {
            file.forget();
        }
    };
    only_a_pair_shows(
        async || scenario(true).await,
        "leaks when task #1 is aborted before it starts and then recover #1 fails\nstill open: file #1",
    );
    survives(async || scenario(false).await);
}

#[test]
fn an_hour_and_a_fault() {
    let scenario = async |forgets: bool| {
        let file = file();
        let (signal, signalled) = oneshot::channel();
        tokio::spawn(async move {
            sleep(Duration::from_secs(50)).await;
            sleep(Duration::from_millis(1)).await;
            signal.send(()).ok();
        });
        let waited = timeout(Duration::from_secs(60), signalled).await;
        if waited.is_err() && fallible("give up").await.is_err() && forgets {
            file.forget();
        }
    };
    only_a_pair_shows(
        async || scenario(true).await,
        "leaks when an hour passes at await #1 and then give up #1 fails\nstill open: file #1",
    );
    survives(async || scenario(false).await);
}

#[test]
fn a_call_again_and_a_fault() {
    let scenario = async |forgets: bool| {
        let file = file();
        let mut calls = 0;
        let received = restartable("receive", async || {
            calls += 1;
            tokio::task::yield_now().await;
            if calls > 1 {
                fallible("resume").await
            } else {
                Ok(())
            }
        });
        if received.await.is_err() && forgets {
            file.forget();
        }
    };
    only_a_pair_shows(
        async || scenario(true).await,
        "leaks when receive #1 is cut off at its await #1 and called again and then resume #1 fails\n\
         still open: file #1",
    );
    survives(async || scenario(false).await);
}

#[test]
fn a_fault_and_main_that_returns_right_behind_drain() {
    let scenario = async |closes_at_once: bool| {
        if fallible("write").await.is_err() {
            let copy = Ledger::current().open("copy");
            if closes_at_once {
                copy.close();
            } else {
                // Unknown to `drain`.
                tokio::spawn(async move {
                    sleep(Duration::from_secs(1)).await;
                    copy.close();
                });
            }
        }
    };
    only_a_pair_shows(
        async || scenario(false).await,
        "leaks when write #1 fails and main returns right behind drain\nstill open: copy #1",
    );
    survives(async || scenario(true).await);
}

#[test]
fn a_half_that_leads_elsewhere_leaves_the_other_out() {
    let report = Explorer::new()
        .pairs(async || {
            if fallible("write").await.is_ok() {
                fallible("flush").await.ok();
            }
        })
        .unwrap();
    // Behind `write`, which fails or never answers, nothing follows but the end; behind `flush` neither; an hour at
    // the first await is followed by `flush`, in two ways, and by its await.
    assert_eq!(report.faults(), 4);
    assert_eq!(report.never_failed(), [""; 0]);
    assert!(report.pairs() > 0, "{report}");
}

#[test]
fn they_are_drawn_by_the_seed_when_there_are_too_many() {
    let explore = |seed| {
        let failed = std::cell::RefCell::new(Vec::new());
        let report = Explorer::new()
            .max_pairs(5)
            .seed(seed)
            .pairs(async || {
                let mut run = Vec::new();
                for _ in 0..4 {
                    run.push(request("ask", || ()).await.is_err());
                }
                failed.borrow_mut().push(run);
            })
            .unwrap();
        let mut pairs = failed.take();
        let pairs = pairs.split_off(pairs.len() - 5);
        (report, pairs)
    };
    let (report, pairs) = explore(1);
    assert_eq!(report.pairs(), 5);
    let [cut] = report.cut_short() else {
        panic!("{report:?}");
    };
    assert!(cut.starts_with("5 of "), "{cut}");
    assert!(
        cut.ends_with(" pairs were tried (the bound is Explorer::max_pairs)"),
        "{cut}"
    );
    for _ in 0..20 {
        assert_eq!(explore(1), (report.clone(), pairs.clone()));
    }
    assert!(
        (2..10).any(|seed| explore(seed).1 != pairs),
        "another seed draws others"
    );
}

#[test]
fn as_many_as_the_bound_are_all_tried() {
    let scenario = async || {
        fallible("first").await.ok();
        fallible("second").await.ok();
    };
    let all = Explorer::new().pairs(scenario).unwrap();
    assert!(all.cut_short().is_empty());
    let bounded = Explorer::new().max_pairs(all.pairs()).pairs(scenario);
    assert_eq!(bounded.unwrap(), all);
    let fewer = Explorer::new().max_pairs(all.pairs() - 1).pairs(scenario);
    assert_eq!(fewer.unwrap().cut_short().len(), 1);
}

#[test]
fn their_runs_do_not_count_towards_the_bound_of_the_others() {
    let scenario = async || {
        fallible("first").await.ok();
        fallible("second").await.ok();
    };
    let all = Explorer::new().pairs(scenario).unwrap();
    let alone = all.runs() - all.pairs();
    for bound in [alone, alone + 1] {
        let bounded = Explorer::new().max_runs(bound).pairs(scenario);
        assert_eq!(bounded.unwrap(), all);
    }
}

#[test]
fn of_fifty_operations_they_take_no_ten_seconds() {
    let start = Instant::now();
    let report = Explorer::new()
        .pairs(async || {
            let mut connection = AsyncDropGuard::new_cancel_safe(Connection {
                entry: Ledger::current().open("connection"),
                closes_by_force: true,
            });
            for _ in 0..49 {
                fallible("fetch").await.ok();
            }
            connection.async_drop().await.ok();
        })
        .unwrap();
    let took = start.elapsed();
    // The clock is that of a machine which has other things to do.
    assert!(took < Duration::from_secs(20), "took {took:?}");
    assert_eq!(report.pairs(), 10_000, "{report}");
    let [cut] = report.cut_short() else {
        panic!("{report:?}");
    };
    assert!(cut.starts_with("10000 of "), "{cut}");
}
