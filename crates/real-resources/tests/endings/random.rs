//! Signals at random times. `REAL_RESOURCES_SEED` and `REAL_RESOURCES_RUNS` choose the runs.

use std::time::Duration;

use fastrand::Rng;

use crate::program::{MARGIN, Program, Run, Signal};

const RUNS: u64 = if cfg!(feature = "long") { 300 } else { 8 };

const GRACE_PERIOD: Duration = Duration::from_secs(20);

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Sends a program one signal at a random time, in every third run a second one, and looks at what comes of it.
#[track_caller]
fn at_random(kind: &'static str, code_after: impl Fn(&Run, i32) -> i32) {
    let first_seed = from_environment("REAL_RESOURCES_SEED").unwrap_or(1);
    let runs = from_environment("REAL_RESOURCES_RUNS").unwrap_or(RUNS);
    let mut longest = Duration::ZERO;
    for seed in first_seed..first_seed + runs {
        let mut random = Rng::with_seed(seed);
        let mut signal = |within| {
            let after = Duration::from_micros(random.u64(0..within));
            (
                after,
                random.choice([Signal::INT, Signal::TERM]).expect("two"),
            )
        };
        let mut signals = vec![signal(60_000)];
        if seed % 3 == 0 {
            signals.push(signal(20_000));
        }
        let program = Program {
            kind,
            grace_period: GRACE_PERIOD,
        };
        let run = program.run(&signals);
        let stopped = match signals[0].1 {
            Signal::INT => 130,
            _ => 143,
        };
        let expected = match run.signals {
            0 => 0,
            _ => code_after(&run, stopped),
        };
        let is_right = match (run.signals, run.code()) {
            // After a second signal something may be left, which then is listed.
            (2, Some(1)) => run.listed() > 0 && run.listed() >= run.seen.cut,
            // … or the work may be, and all of it cleaned up.
            (2, Some(code)) if code == stopped => run.seen.cut == 0,
            (_, code) => code == Some(expected) && run.seen.cut == 0,
        };
        let is_right = is_right && run.took < MARGIN;
        assert!(
            is_right,
            "REAL_RESOURCES_SEED={seed} REAL_RESOURCES_RUNS=1: {signals:?}, {run:?}"
        );
        longest = longest.max(run.took);
    }
    println!(
        "{kind}: {runs} runs, seeds from {first_seed}; at most {longest:?} from the last signal to the end"
    );
}

#[test]
fn work_that_listens_finishes_what_it_has_begun() {
    at_random(
        "listens",
        |run, stopped| {
            if run.seen.is_finished { 0 } else { stopped }
        },
    );
}

#[test]
fn work_that_does_not_listen_is_cleaned_up() {
    at_random("deaf", |_, stopped| stopped);
}

#[test]
fn tasks_of_the_work_are_cleaned_up() {
    at_random("tasks", |_, stopped| stopped);
}

#[test]
fn result_of_work_that_is_done_is_never_thrown_away() {
    at_random(
        "finishes",
        |run, stopped| {
            if run.seen.is_done { 0 } else { stopped }
        },
    );
}

#[test]
fn program_that_only_stops_leaves_connections_that_are_counted() {
    let program = Program {
        kind: "undrained",
        grace_period: GRACE_PERIOD,
    };
    let after = Duration::from_millis(30);
    let is_cut = |_| program.run(&[(after, Signal::TERM)]).seen.cut > 0;
    assert!((0..50).any(is_cut), "nothing was seen to be left open");
}
