use std::fmt;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use async_drop_utils::set_forgotten_guard_hook;

use crate::run::Run;

/// How many runs there are, unless `RECIPE_RUNS` says otherwise.
const RUNS: u64 = 20;

/// How many runs of a program that loses are tried at most: it may lose seldom, and the first that does is enough.
const RUNS_UNTIL_ONE_LOSES: u64 = 300;

/// One run at a time: cleanups are drained for the whole process.
static RUNNING: Mutex<()> = Mutex::new(());

/// Keeps other tests of the program waiting until it is dropped, for one that drains the process by itself; a [`Trial`] may run inside.
pub fn one_at_a_time() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    lock(&ONE)
}

/// Guards that were dropped armed with nowhere to be cleaned up.
static FORGOTTEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A program that is run again and again; what is said of it names it.
#[derive(Debug)]
pub struct Trial {
    name: &'static str,
}

impl Trial {
    /// A trial of the program that is called so.
    pub fn new(name: &'static str) -> Self {
        Self { name }
    }

    /// Demands that no run loses anything.
    ///
    /// # Panics
    ///
    /// If one does: names its seed, and what is lost.
    #[track_caller]
    pub fn never_loses<Fut>(self, program: impl Fn(Run) -> Fut)
    where
        Fut: Future<Output = Vec<String>>,
    {
        let found = self.count(program, runs().unwrap_or(RUNS), |_| false);
        assert!(found.lost == 0, "{found}");
    }

    /// Demands that some run loses something; all are run only where their number is asked for.
    ///
    /// # Panics
    ///
    /// If none does.
    #[track_caller]
    pub fn loses<Fut>(self, program: impl Fn(Run) -> Fut)
    where
        Fut: Future<Output = Vec<String>>,
    {
        let is_enough =
            |found: &Found| found.lost > 0 && runs().is_none_or(|runs| found.runs >= runs);
        let found = self.count(program, RUNS_UNTIL_ONE_LOSES, is_enough);
        assert!(found.lost > 0, "{found}");
    }

    fn count<Fut>(
        &self,
        program: impl Fn(Run) -> Fut,
        runs: u64,
        is_enough: impl Fn(&Found) -> bool,
    ) -> Found
    where
        Fut: Future<Output = Vec<String>>,
    {
        let _one = lock(&RUNNING);
        hear_of_forgotten_guards();
        let mut found = Found {
            name: self.name,
            runs: 0,
            lost: 0,
            first: None,
        };
        let mut told = Instant::now();
        let first = number("RECIPE_SEED").unwrap_or(1);
        while found.runs < runs && !is_enough(&found) {
            let seed = first + found.runs;
            found.add(seed, one_run(seed, &program));
            if told.elapsed() > Duration::from_secs(10) {
                eprintln!("{found}, of {runs} at most");
                told = Instant::now();
            }
        }
        println!("{found}");
        found
    }
}

/// What one run has lost.
fn one_run<Fut>(seed: u64, program: &impl Fn(Run) -> Fut) -> Vec<String>
where
    Fut: Future<Output = Vec<String>>,
{
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime starts");
    let mut lost = runtime.block_on(program(Run::new(seed, folder.path())));
    runtime.shutdown_timeout(Duration::from_secs(20));
    lost.append(&mut lock(&FORGOTTEN));
    lost
}

/// What the runs of one program have come to.
#[derive(Debug)]
struct Found {
    name: &'static str,
    runs: u64,
    lost: u64,
    /// The first run that lost something: its seed, and what.
    first: Option<(u64, Vec<String>)>,
}

impl Found {
    fn add(&mut self, seed: u64, lost: Vec<String>) {
        self.runs += 1;
        if !lost.is_empty() {
            self.lost += 1;
            self.first.get_or_insert((seed, lost));
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name, runs, lost, ..
        } = self;
        write!(f, "{name}: {lost} of {runs} runs lose something")?;
        if let Some((seed, lost)) = &self.first {
            let lost = lost.join("; ");
            write!(
                f,
                "; the first with RECIPE_SEED={seed} RECIPE_RUNS=1: {lost}"
            )?;
        }
        Ok(())
    }
}

/// Collects them instead of panicking in a thread that nobody watches.
fn hear_of_forgotten_guards() {
    static HEARING: Once = Once::new();
    HEARING.call_once(|| {
        set_forgotten_guard_hook(Box::new(|forgotten| {
            lock(&FORGOTTEN).push(forgotten.to_string());
        }));
    });
}

fn runs() -> Option<u64> {
    number("RECIPE_RUNS")
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_loses_nothing_is_accepted() {
        Trial::new("keeps").never_loses(async |_| Vec::new());
    }

    #[test]
    #[should_panic(
        expected = "loses: 20 of 20 runs lose something; the first with RECIPE_SEED=1 RECIPE_RUNS=1: a file"
    )]
    fn a_loss_is_named_with_its_seed() {
        Trial::new("loses").never_loses(async |_| vec!["a file".to_owned()]);
    }

    #[test]
    #[should_panic(expected = "keeps: 0 of 300 runs lose something")]
    fn a_program_that_is_to_lose_something_has_to() {
        Trial::new("keeps").loses(async |_| Vec::new());
    }

    #[test]
    #[should_panic(expected = "Forgot to call async_drop")]
    fn a_forgotten_guard_is_a_loss() {
        Trial::new("forgets").never_loses(async |_| {
            drop(async_drop_utils::AsyncDropGuard::new(()));
            Vec::new()
        });
    }
}
