//! Single cases, one signal each or two.

use std::time::Duration;

use crate::program::{MARGIN, Program, Run, Signal};

const SOON: Duration = Duration::from_millis(30);

fn run(kind: &'static str, grace_period: Duration, signals: &[Signal]) -> Run {
    let signals: Vec<_> = signals.iter().map(|signal| (SOON, *signal)).collect();
    Program { kind, grace_period }.run(&signals)
}

#[test]
fn program_that_hangs_in_a_cleanup_ends_with_its_grace_period_and_says_where() {
    let grace_period = Duration::from_secs(2);
    let run = run("hangs", grace_period, &[Signal::TERM]);
    assert_eq!(run.code(), Some(1), "{run:?}");
    assert!(run.took >= grace_period - SOON, "{run:?}");
    assert!(
        run.said
            .contains("\nstill running: ending::Link (guard made at "),
        "{run:?}"
    );
    assert_eq!((run.listed(), run.seen.cut), (1, 1), "{run:?}");
}

#[test]
fn second_signal_ends_it_at_once_and_the_report_says_where() {
    for signals in [
        [Signal::INT, Signal::INT],
        [Signal::INT, Signal::TERM],
        [Signal::TERM, Signal::INT],
        [Signal::TERM, Signal::TERM],
    ] {
        let grace_period = Duration::from_secs(600);
        let run = run("hangs", grace_period, &signals);
        assert_eq!((run.code(), run.signals), (Some(1), 2), "{run:?}");
        assert!(run.took < MARGIN, "{run:?}");
        assert_eq!((run.listed(), run.seen.cut), (1, 1), "{run:?}");
    }
}

#[test]
fn blocking_task_that_never_ends_is_left_behind_by_a_runtime_that_does_not_wait() {
    let run = run("blocked", Duration::from_secs(600), &[Signal::TERM]);
    assert_eq!(run.code(), Some(143), "{run:?}");
    assert_eq!(run.seen.cut, 0, "{run:?}");
}

#[test]
#[should_panic(expected = "goes on")]
fn blocking_task_that_never_ends_outlives_two_signals_where_the_runtime_waits_for_it() {
    let grace_period = Duration::from_millis(100);
    run("awaited", grace_period, &[Signal::TERM, Signal::INT]);
}

#[test]
fn program_that_nobody_stops_ends_by_itself() {
    let run = run("finishes", Duration::from_secs(600), &[]);
    // It may end before the test has looked.
    assert_eq!(run.code(), Some(0), "{run:?}");
    assert!(run.seen.is_done && run.seen.cut == 0, "{run:?}");
}
