//! Runs a program again and again, and counts the runs that leak.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use async_drop_utils::{drain, set_forgotten_guard_hook};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::chance::Chance;
use crate::server::Server;
use crate::world::{Seen, World};

/// How many runs, unless `REAL_RESOURCES_RUNS` says otherwise.
const RUNS: u64 = if cfg!(feature = "long") { 300 } else { 12 };

/// How many of a program that leaks: it may leak seldom, and the first that does is enough.
const RUNS_OF_ONE_THAT_LEAKS: u64 = 300;

/// One run at a time: `drain` is of the whole process.
static RUNNING: Mutex<()> = Mutex::new(());

/// Guards that were dropped armed with nowhere to be cleaned up.
static FORGOTTEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A look at the far side after the runtime has gone: says what is left there.
type Look = fn(&Path) -> io::Result<Vec<String>>;

/// Copies of one program, cut off at random.
#[derive(Debug)]
pub struct Trial {
    name: &'static str,
    copies: usize,
    cut_off_within: Option<Duration>,
    patience: Duration,
    look: Look,
}

impl Trial {
    /// A trial under this name, of programs that take about ten milliseconds.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            copies: 6,
            cut_off_within: Some(Duration::from_millis(15)),
            patience: Duration::from_secs(20),
            look: |_| Ok(Vec::new()),
        }
    }

    /// Cuts each program off within this time.
    pub fn cut_off_within(self, longest: Duration) -> Self {
        let cut_off_within = Some(longest);
        Self {
            cut_off_within,
            ..self
        }
    }

    /// Lets each program come to its end.
    pub fn not_cut_off(self) -> Self {
        let cut_off_within = None;
        Self {
            cut_off_within,
            ..self
        }
    }

    /// Waits so long for the programs to end, and then for `drain`: shorter than the default where it is to be shown that they hang.
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Runs so many copies of the program at the same time.
    pub fn copies(self, copies: usize) -> Self {
        Self { copies, ..self }
    }

    /// Looks also at the run's folder, or wherever the programs have been.
    pub fn look(self, look: Look) -> Self {
        Self { look, ..self }
    }

    /// Demands that no run leaks.
    ///
    /// # Panics
    ///
    /// If one does: names its seed, and what has leaked.
    pub fn never_leaks<Fut>(self, program: impl Fn(World) -> Fut)
    where
        Fut: Future<Output = io::Result<()>> + Send + 'static,
    {
        let found = self.count(program, RUNS, |_| false);
        assert!(found.leaks == 0, "{found}");
    }

    /// Demands that some run leaks; all are run only where they are to be counted.
    ///
    /// # Panics
    ///
    /// If none does.
    pub fn leaks<Fut>(self, program: impl Fn(World) -> Fut)
    where
        Fut: Future<Output = io::Result<()>> + Send + 'static,
    {
        let is_enough = |leaks| leaks > 0 && !cfg!(feature = "long");
        let found = self.count(program, RUNS_OF_ONE_THAT_LEAKS, is_enough);
        assert!(found.leaks > 0, "{found}");
    }
}

impl Trial {
    fn count<Fut>(
        &self,
        program: impl Fn(World) -> Fut,
        runs: u64,
        is_enough: impl Fn(u64) -> bool,
    ) -> Found
    where
        Fut: Future<Output = io::Result<()>> + Send + 'static,
    {
        let _one = lock(&RUNNING);
        hear_of_forgotten_guards();
        let first_seed = from_environment("REAL_RESOURCES_SEED").unwrap_or(1);
        let runs = from_environment("REAL_RESOURCES_RUNS").unwrap_or(runs);
        let mut found = Found {
            name: self.name,
            first_seed,
            runs: 0,
            leaks: 0,
            first: None,
        };
        while found.runs < runs && !is_enough(found.leaks) {
            let seed = first_seed + found.runs;
            let leaks = self
                .run(seed, &program)
                .unwrap_or_else(|error| vec![error.to_string()]);
            found.runs += 1;
            if !leaks.is_empty() {
                found.leaks += 1;
                found.first.get_or_insert((seed, leaks));
            }
        }
        println!("{found}");
        found
    }

    /// One run: what has leaked.
    fn run<Fut>(&self, seed: u64, program: &impl Fn(World) -> Fut) -> io::Result<Vec<String>>
    where
        Fut: Future<Output = io::Result<()>> + Send + 'static,
    {
        let mut chance = Chance::new(seed);
        let server = Server::start(chance.fork())?;
        let folder = tempfile::tempdir()?;
        let seen = Seen::default();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let mut leaks = runtime.block_on(async {
            let mut programs = JoinSet::new();
            for copy in 0..self.copies {
                let world = World {
                    server: server.address(),
                    folder: folder.path().to_owned(),
                    mark: format!("{}-{seed}-{copy}", std::process::id()),
                    chance: chance.fork(),
                    seen: seen.clone(),
                };
                let work = program(world);
                // That a program fails is its own affair.
                let work = async { drop(work.await) };
                match self.cut_off_within {
                    Some(longest) => programs.spawn(chance.fork().cut_off(longest, work)),
                    None => programs.spawn(work),
                };
            }
            let mut leaks = Vec::new();
            if timeout(self.patience, programs.join_all()).await.is_err() {
                leaks.push(format!("a program hangs for {:?}", self.patience));
            }
            let report = drain(self.patience).await;
            if !report.still_running.is_empty() || !report.still_armed.is_empty() {
                leaks.push(report.to_string());
            }
            leaks
        });
        runtime.shutdown_timeout(Duration::from_secs(20));
        leaks.append(&mut lock(&FORGOTTEN));
        leaks.extend(seen.take());
        leaks.extend(server.finish());
        leaks.extend((self.look)(folder.path())?);
        Ok(leaks)
    }
}

/// What the runs of one program have come to.
#[derive(Debug)]
struct Found {
    name: &'static str,
    first_seed: u64,
    runs: u64,
    leaks: u64,
    /// The first run that leaks: its seed, and what.
    first: Option<(u64, Vec<String>)>,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            first_seed,
            runs,
            leaks,
            first,
        } = self;
        write!(
            f,
            "{name}: {leaks} of {runs} runs leak, seeds from {first_seed}"
        )?;
        if let Some((seed, leaks)) = first {
            write!(
                f,
                "; the first with REAL_RESOURCES_SEED={seed} REAL_RESOURCES_RUNS=1: {}",
                leaks.join("; ")
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
            lock(&FORGOTTEN).push(forgotten.to_string())
        }));
    });
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
