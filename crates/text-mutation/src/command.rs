use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::{fs, io, thread};

use async_drop_checks::{CHECKS, Guidance};
use async_drop_corpus::is_chapter;
use async_drop_verdicts::Libraries;

use crate::cli::{self, Asked};
use crate::judge::Judge;
use crate::{Fate, Kind, Mutation, Survivors, Tally, draw, mutations};

/// The mutations that no check notices, with reasons.
const SURVIVORS: &str = "crates/text-mutation/survivors.toml";

/// Does what the command line asks for, and returns the exit code.
///
/// Every change is made in memory, and its blocks are run from the folder for temporary files; the chapters are not touched.
pub fn run() -> ExitCode {
    let asked = cli::read();
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package
        .ancestors()
        .nth(2)
        .expect("the package lies two folders below the root");
    let done = match asked.self_test {
        true => self_test(root),
        false => mutate(root, &asked),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(said) => {
            eprintln!("{said}");
            ExitCode::FAILURE
        }
    }
}

fn mutate(root: &Path, asked: &Asked) -> Result<(), String> {
    let start = Instant::now();
    let survivors = fs::read_to_string(root.join(SURVIVORS))
        .map_err(|error| error.to_string())
        .and_then(|text| Survivors::parse(&text))
        .map_err(|error| format!("{SURVIVORS}: {error}"))?;
    let guidance = true_guidance(root)?;
    let all = all_mutations(&guidance);
    let possible = all.len();
    let chosen: Vec<Mutation> = all
        .iter()
        .filter(|mutation| {
            asked
                .only
                .as_ref()
                .is_none_or(|only| mutation.file == *only)
        })
        .filter(|mutation| {
            asked
                .kind
                .as_ref()
                .is_none_or(|kind| mutation.kind.words() == kind)
        })
        .cloned()
        .collect();
    let drawn = draw(chosen, asked.seed, asked.count.unwrap_or(usize::MAX));
    if asked.list {
        for mutation in &drawn {
            println!("{mutation}");
        }
        return Ok(());
    }
    println!(
        "{} of {possible} mutations, seed {}, {} at once",
        drawn.len(),
        asked.seed,
        asked.jobs
    );
    let libraries = libraries(root)?;
    let tally = judge_all(&guidance, &libraries, drawn, asked.jobs)?;
    print!("{}", tally.summary());
    let faults = tally.faults(&survivors, &all);
    println!(
        "{} mutations: {} caught, {} listed with a reason, {} not; {:.0} s",
        tally.len(),
        tally.len() - tally.survived(),
        tally.survived() - tally.unlisted(&survivors),
        tally.unlisted(&survivors),
        start.elapsed().as_secs_f64(),
    );
    match faults.is_empty() {
        true => Ok(()),
        false => Err(format!("\n{}", faults.join("\n\n"))),
    }
}

fn libraries(root: &Path) -> Result<Libraries, String> {
    println!("the blocks are built as they are; the first time takes minutes");
    Libraries::build(root).map_err(|error| error.to_string())
}

/// Reads the guidance; what is false already cannot show that a change makes it so.
fn true_guidance(root: &Path) -> Result<Guidance, String> {
    let guidance = Guidance::read(root).map_err(|errors| errors.to_string())?;
    for check in CHECKS {
        check
            .run(&guidance)
            .map_err(|errors| format!("{} before any change:\n{errors}", check.name))?;
    }
    Ok(guidance)
}

/// Every mutation of the chapters, and of the README's blocks, links, paths and commands; its tables are one run's measurements.
fn all_mutations(guidance: &Guidance) -> Vec<Mutation> {
    let is_held = |mutation: &Mutation| {
        is_chapter(&mutation.file)
            || !matches!(mutation.kind, Kind::Number | Kind::CodeName | Kind::Row)
    };
    let pages = guidance.pages.iter();
    pages
        .filter(|page| is_chapter(&page.file) || page.file == "README.md")
        .flat_map(|page| mutations(&page.file, &page.text))
        .filter(is_held)
        .collect()
}

/// Judges `mutations`, `jobs` at once.
fn judge_all(
    guidance: &Guidance,
    libraries: &Libraries,
    mutations: Vec<Mutation>,
    jobs: usize,
) -> Result<Tally, String> {
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Tally::default());
    let judge = || -> Result<(), String> {
        let mut judge = Judge::new(guidance, libraries, CHECKS)?;
        judge.control()?;
        while let Some(mutation) = mutations.get(next.fetch_add(1, Ordering::Relaxed)) {
            let fate = judge.fate(mutation).map_err(|error: io::Error| {
                // The others stop at their next mutation.
                next.store(mutations.len(), Ordering::Relaxed);
                format!("{mutation}: cannot be judged: {error}")
            })?;
            if fate == Fate::Survived {
                println!("  survived: {mutation}");
            }
            let mut tally = tally.lock().unwrap_or_else(|broken| broken.into_inner());
            tally.add(mutation.clone(), fate);
            if tally.len() % 50 == 0 {
                println!(
                    "  {} of {}, {} survived",
                    tally.len(),
                    mutations.len(),
                    tally.survived()
                );
            }
        }
        judge.control()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(judge)).collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err("a judge panicked".to_owned()))
        })
    })?;
    Ok(tally
        .into_inner()
        .unwrap_or_else(|broken| broken.into_inner()))
}

/// Shows that the command fails when a check is missing: the same mutation is caught with the checks and survives without.
fn self_test(root: &Path) -> Result<(), String> {
    let guidance = true_guidance(root)?;
    let all = all_mutations(&guidance);
    let dead_anchor = all
        .iter()
        .find(|mutation| mutation.kind == Kind::LinkAnchor)
        .ok_or("the chapters have no link with an anchor")?;
    let libraries = libraries(root)?;
    let fate = |checks| {
        let mut judge = Judge::new(&guidance, &libraries, checks)?;
        judge.fate(dead_anchor).map_err(|error| error.to_string())
    };
    let with = fate(CHECKS)?;
    if with == Fate::Survived {
        return Err(format!("{dead_anchor}: must be caught, and survives"));
    }
    let mut tally = Tally::default();
    tally.add(dead_anchor.clone(), fate(&[])?);
    let faults = tally.faults(&Survivors::default(), &all);
    let place = format!("{}:{}: ", dead_anchor.file, dead_anchor.line);
    match faults.as_slice() {
        [fault] if fault.starts_with(&place) && fault.contains(&dead_anchor.after) => {
            println!("without the checks, the command fails with:\n{fault}");
            Ok(())
        }
        _ => Err(format!(
            "{dead_anchor}: must be a fault when nothing checks: {faults:?}"
        )),
    }
}
