//! Measures every row in turn, several rounds over, and prints the tables.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use std::{fs, io};

use async_drop_bench::many::{self, current_thread};
use async_drop_bench::one_cleanup::OneCleanup;
use async_drop_bench::rounds::{self, Rounds};
use async_drop_bench::table::{by_hand_id, markdown};
use async_drop_bench::targets;
use criterion::{Criterion, SamplingMode};
use tokio::runtime::Runtime;

/// Odd, so that the median is a measured round.
const ROUNDS: usize = 25;
/// The rows of many at once take long.
const ROUNDS_OF_MANY: usize = 9;

fn main() -> ExitCode {
    match run() {
        Ok(missed) if missed.is_empty() => ExitCode::SUCCESS,
        Ok(missed) => {
            missed
                .iter()
                .for_each(|missed| eprintln!("missed: {missed}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<Vec<String>, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(format!("cannot clear {}: {error}", folder.display()));
        }
        _ => {}
    }
    let mut criterion = Criterion::default()
        .configure_from_args()
        .output_directory(&folder)
        .warm_up_time(Duration::from_millis(20))
        .nresamples(1_001);
    let say = |words| eprintln!("{words}");
    rounds::measure("one cleanup", ROUNDS, say, |round| {
        measure_one_cleanup(&mut criterion, round);
    });
    rounds::measure("many at once", ROUNDS_OF_MANY, say, |round| {
        measure_many(&mut criterion, round);
    });

    let one_cleanup = OneCleanup::ALL.iter().map(|row| row.id().to_owned());
    let many = many::ALL
        .iter()
        .flat_map(|row| [row.id.to_owned(), by_hand_id(row.id)]);
    let mut rounds = Rounds::default();
    rounds.read(&folder, ROUNDS, one_cleanup)?;
    rounds.read(&folder, ROUNDS_OF_MANY, many)?;
    eprintln!("Counting allocations");
    let allocations = count_allocations()?;
    let allocations = |row: OneCleanup| allocations[row.id()];
    println!("\n{}", markdown(&rounds, allocations));
    Ok(targets::missed(&rounds, allocations))
}

fn measure_one_cleanup(criterion: &mut Criterion, round: usize) {
    let multi_thread = Runtime::new().expect("a runtime can be built");
    let current_thread = current_thread();
    let mut group = criterion.benchmark_group(rounds::folder(round));
    group.sampling_mode(SamplingMode::Flat);
    for row in OneCleanup::ALL {
        // Samples so short that most of them are not interrupted by another program: the median is one of these.
        let (runtime, samples, time) = if row.ends_in_tasks() {
            (&current_thread, 10, 100)
        } else {
            (&multi_thread, 200, 60)
        };
        group
            .sample_size(samples)
            .measurement_time(Duration::from_millis(time));
        group.bench_function(row.id(), |bencher| {
            bencher.iter_custom(|times| {
                runtime.block_on(async {
                    let start = Instant::now();
                    row.repeat(times).await;
                    start.elapsed()
                })
            });
        });
    }
    group.finish();
}

fn measure_many(criterion: &mut Criterion, round: usize) {
    let mut group = criterion.benchmark_group(rounds::folder(round));
    group
        .sample_size(50)
        .measurement_time(Duration::from_millis(50))
        .sampling_mode(SamplingMode::Flat);
    for row in many::ALL {
        group.bench_function(row.id, |bencher| bencher.iter_custom(row.with_helper));
        group.bench_function(by_hand_id(row.id), |bencher| {
            bencher.iter_custom(row.without)
        });
    }
    group.finish();
}

fn count_allocations() -> Result<HashMap<String, u64>, String> {
    let program = env!("CARGO_BIN_EXE_allocations");
    let output = Command::new(program)
        .output()
        .map_err(|error| format!("cannot run {program}: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "{program} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| {
            let (row, count) = line.split_once(' ')?;
            Some((row.to_owned(), count.parse().ok()?))
        })
        .collect::<Option<_>>()
        .ok_or_else(|| format!("{program} printed something else than rows and counts"))
}
