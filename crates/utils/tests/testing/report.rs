//! What was left out.

use std::time::Duration;

use async_drop_utils::testing::{Explorer, InjectedFault, fallible, fault_point, request};
use tokio::time::{interval, timeout};

#[test]
fn what_was_never_made_to_fail() {
    let recovers = async || {
        if fallible("read").await.is_err() {
            fallible("recover").await.ok();
            fault_point("count").ok();
        }
    };
    let alone = Explorer::new().all(recovers).unwrap();
    assert_eq!(alone.never_failed(), ["count #1", "recover #1"]);
    let pairs = Explorer::new().pairs(recovers).unwrap();
    assert_eq!(pairs.never_failed(), [""; 0]);
    let cancelled = Explorer::new().cancellations(recovers).unwrap();
    assert_eq!(cancelled.never_failed(), ["read #1"]);
}

#[test]
fn what_was_never_cut_off() {
    let recovers = async || {
        fault_point("count").ok();
        request("ask", || ()).await.ok();
        if fallible("read").await.is_err() {
            fallible("recover").await.ok();
        }
    };
    let failed = Explorer::new().failures(recovers).unwrap();
    // What is not awaited cannot be cut off.
    assert_eq!(failed.never_cut(), ["ask #1", "read #1", "recover #1"]);
    let all = Explorer::new().all(recovers).unwrap();
    assert_eq!(all.never_cut(), ["recover #1"]);
    assert_eq!(
        Explorer::new().pairs(recovers).unwrap().never_cut(),
        [""; 0]
    );
}

#[test]
fn an_operation_that_ends_before_it_is_dropped_is_not_cut_off() {
    let report = Explorer::new()
        .failures(async || {
            let read = tokio::time::timeout(Duration::from_secs(1), fallible("read")).await;
            drop(read);
            fallible("write").await.ok();
        })
        .unwrap();
    // Cut off by its deadline, when it never answered.
    assert_eq!(report.never_cut(), ["write #1"]);
}

#[test]
fn nothing_is_left_out_of_a_small_scenario() {
    let report = Explorer::new()
        .pairs(async || fallible("read").await)
        .unwrap();
    assert_eq!(report.cut_short(), [""; 0]);
    assert_eq!(
        (report.never_failed(), report.never_cut()),
        (&[][..], &[][..])
    );
}

#[test]
fn what_the_clock_leaves_out() {
    let scenario = async || request("ask", || ()).await;
    let moving = Explorer::new().pairs(scenario).unwrap();
    assert_eq!((moving.faults(), moving.hours()), (5, 1));
    for (explorer, by) in [
        (Explorer::new().keeps_time(), "keeps_time"),
        (Explorer::new().wall_clock(), "wall_clock"),
        (Explorer::new().wall_clock().keeps_time(), "wall_clock"),
    ] {
        let report = explorer.pairs(scenario).unwrap();
        assert_eq!((report.faults(), report.hours()), (3, 0));
        assert_eq!(
            report.cut_short(),
            [format!(
                "operations that never answer, and hours that pass, were not tried (Explorer::{by})"
            )]
        );
    }
}

#[test]
fn a_pair_has_no_silence_where_time_is_kept() {
    let scenario = async || {
        let start = tokio::time::Instant::now();
        fallible("read").await.ok();
        fallible("write").await.ok();
        assert!(start.elapsed() < Duration::from_secs(1));
    };
    let report = Explorer::new().keeps_time().pairs(scenario).unwrap();
    // Behind a `read` that fails: `write` fails, a cancellation at its own await or at the next, each at two moments, the end of the
    // program; behind a `write` that fails, the last three.
    assert_eq!(report.pairs(), 9);
}

#[test]
fn it_reads_in_the_singular_and_in_the_plural() {
    let one = Explorer::new()
        .keeps_time()
        .all(async || fallible("read").await)
        .unwrap();
    assert_eq!(
        one.to_string(),
        "survives 1 fault and 1 cancellation, 3 ends of the runtime"
    );
    let hour = Explorer::only("an hour passes at await #1");
    let hour = hour.all(async || fallible("read").await).unwrap();
    assert_eq!(
        hour.to_string(),
        "survives 0 faults and 0 cancellations, 1 hour that passed"
    );
}

#[test]
fn a_task_that_ticks_beside_a_silent_operation_is_bounded() {
    let start = std::time::Instant::now();
    let report = Explorer::new()
        .failures(async || {
            let ticking = tokio::spawn(async {
                let mut interval = interval(Duration::from_millis(1));
                loop {
                    interval.tick().await;
                }
            });
            let asked = fallible("ask").await;
            ticking.abort();
            asked
        })
        .unwrap();
    assert_eq!(report.faults(), 2);
    // An hour of milliseconds would be 3,600,000 ticks.
    assert!(start.elapsed() < Duration::from_secs(5));
    let cut = "ask #1 was silent for less than an hour, since something ticked beside it";
    assert_eq!(report.cut_short(), [cut]);
}

#[test]
fn a_deadline_passes_beside_what_ticks_or_it_is_said() {
    for (tick, passes) in [(1000, true), (1, false)] {
        let passed = std::cell::Cell::new(false);
        let report = Explorer::new()
            .failures(async || {
                let ticking = tokio::spawn(async move {
                    let mut interval = interval(Duration::from_millis(tick));
                    loop {
                        interval.tick().await;
                    }
                });
                let asked = timeout(Duration::from_secs(30), fallible("ask")).await;
                passed.set(passed.get() || asked.is_err());
                ticking.abort();
            })
            .unwrap();
        assert_eq!(passed.get(), passes, "a tick of {tick} ms");
        assert_eq!(report.cut_short().is_empty(), passes, "{report:?}");
    }
}

#[test]
fn operations_on_a_runtime_of_the_scenarios_own_are_never_silent() {
    let report = Explorer::new()
        .all(async || {
            tokio::task::spawn_blocking(|| {
                let own = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                own.block_on(fallible("read")).ok();
            })
            .await
            .unwrap();
        })
        .unwrap();
    assert_eq!(report.faults(), 1);
}

#[test]
fn two_explorations_of_pairs_give_the_same_report() {
    let explore = || {
        Explorer::new()
            .pairs(async || {
                let (a, b) = tokio::join!(request("a", || ()), fallible("b"));
                if a.is_err() || b.is_err() {
                    fallible("recover").await.ok();
                }
                Ok::<_, InjectedFault>(())
            })
            .unwrap()
    };
    let first = explore();
    assert!(first.pairs() > 10, "{first}");
    for _ in 0..20 {
        assert_eq!(explore(), first);
    }
}
