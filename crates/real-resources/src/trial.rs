//! Runs a program again and again, and counts the runs that leak.

use std::fmt;
use std::io;
use std::panic::Location;
use std::path::Path;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use async_drop_utils::{drain, set_forgotten_guard_hook};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::chance::Chance;
use crate::server::Server;
use crate::world::{Seen, World};

/// How many runs of a program that must not leak, unless `REAL_RESOURCES_RUNS` says otherwise.
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
    /// The file that the program stands in.
    file: &'static str,
    name: &'static str,
    copies: usize,
    cut_off_within: Option<Duration>,
    patience: Duration,
    is_to_hang: bool,
    is_seen: bool,
    look: Look,
}

impl Trial {
    /// A trial of programs that take about ten milliseconds. Reports name it by its caller's file and this name.
    #[track_caller]
    pub fn new(name: &'static str) -> Self {
        Self {
            file: Location::caller().file(),
            name,
            copies: 6,
            cut_off_within: Some(Duration::from_millis(15)),
            patience: Duration::from_secs(20),
            is_to_hang: false,
            is_seen: true,
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

    /// It is to be shown that a program hangs: waits so long for it to end, and then for `drain`, and looks at the server's books while it hangs.
    pub fn hangs(self, patience: Duration) -> Self {
        let is_to_hang = true;
        Self {
            patience,
            is_to_hang,
            ..self
        }
    }

    /// Nobody but the program can see that it hangs.
    pub fn unseen(self) -> Self {
        let is_seen = false;
        Self { is_seen, ..self }
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
        let runs = from_environment("REAL_RESOURCES_RUNS").unwrap_or(RUNS);
        let found = self.count(program, runs, |_| false);
        assert!(found.leaks == 0, "{found}");
    }

    /// Demands that some run leaks, and that the far side sees it; all are run only where they are to be counted.
    ///
    /// # Panics
    ///
    /// If none does.
    pub fn leaks<Fut>(self, program: impl Fn(World) -> Fut)
    where
        Fut: Future<Output = io::Result<()>> + Send + 'static,
    {
        let is_shown = |found: &Found| match self.is_seen {
            true => found.seen_by_far_side > 0,
            false => found.leaks > 0,
        };
        let is_enough = |found: &Found| is_shown(found) && !cfg!(feature = "long");
        let found = self.count(program, RUNS_OF_ONE_THAT_LEAKS, is_enough);
        assert!(is_shown(&found), "{found}");
    }
}

impl Trial {
    fn count<Fut>(
        &self,
        program: impl Fn(World) -> Fut,
        runs: u64,
        is_enough: impl Fn(&Found) -> bool,
    ) -> Found
    where
        Fut: Future<Output = io::Result<()>> + Send + 'static,
    {
        let _one = lock(&RUNNING);
        hear_of_forgotten_guards();
        let file = Path::new(self.file).file_stem().unwrap_or_default();
        let mut found = Found {
            name: format!("{}, {}", file.display(), self.name),
            first_seed: from_environment("REAL_RESOURCES_SEED").unwrap_or(1),
            runs: 0,
            leaks: 0,
            seen_by_far_side: 0,
            first: None,
        };
        while found.runs < runs && !is_enough(&found) {
            let seed = found.first_seed + found.runs;
            let leaks = self.run(seed, &program).unwrap_or_else(|error| Leaks {
                near_side: vec![error.to_string()],
                far_side: Vec::new(),
            });
            found.add(seed, leaks);
        }
        println!("{found}");
        found
    }

    /// One run: what has leaked.
    fn run<Fut>(&self, seed: u64, program: &impl Fn(World) -> Fut) -> io::Result<Leaks>
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
            let mut near_side = Vec::new();
            let mut far_side = Vec::new();
            let mut look_at = |hanging: String| {
                near_side.push(hanging);
                if self.is_to_hang {
                    far_side.extend(server.holds());
                }
            };
            {
                let mut ended = pin!(programs.join_all());
                if timeout(self.patience, &mut ended).await.is_err() {
                    look_at(format!("a program hangs for {:?}", self.patience));
                }
            }
            let report = drain(self.patience).await;
            if !report.still_running.is_empty() || !report.still_armed.is_empty() {
                look_at(report.to_string());
            }
            Leaks {
                near_side,
                far_side,
            }
        });
        runtime.shutdown_timeout(Duration::from_secs(20));
        leaks.near_side.append(&mut lock(&FORGOTTEN));
        leaks.far_side.extend(seen.take());
        leaks.far_side.extend(server.finish());
        leaks.far_side.extend((self.look)(folder.path())?);
        Ok(leaks)
    }
}

/// What has leaked in a run.
#[derive(Debug)]
struct Leaks {
    /// What the process knows: guards that were forgotten or are still armed, and cleanups that hang.
    near_side: Vec<String>,
    /// What the server, the file system and the program's callers have seen.
    far_side: Vec<String>,
}

/// What the runs of one program have come to.
#[derive(Debug)]
struct Found {
    name: String,
    first_seed: u64,
    runs: u64,
    leaks: u64,
    seen_by_far_side: u64,
    /// The first run that leaks: its seed, and what.
    first: Option<(u64, Vec<String>)>,
}

impl Found {
    fn add(&mut self, seed: u64, leaks: Leaks) {
        let is_seen = !leaks.far_side.is_empty();
        let all = [leaks.far_side, leaks.near_side].concat();
        self.runs += 1;
        self.leaks += u64::from(!all.is_empty());
        self.seen_by_far_side += u64::from(is_seen);
        if !all.is_empty() {
            self.first.get_or_insert((seed, all));
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            first_seed,
            runs,
            leaks,
            seen_by_far_side,
            first,
        } = self;
        write!(
            f,
            "{name}: {leaks} of {runs} runs leak, {seen_by_far_side} as the far side sees it, seeds from {first_seed}"
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
