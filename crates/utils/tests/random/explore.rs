//! Makes programs from seeds, runs them, and looks at what they leave behind.

use std::env;
use std::fmt::{self, Display};
use std::hash::{BuildHasher, RandomState};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use async_drop_utils::{CleanupTracker, armed_guards};
use futures_util::FutureExt;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{LocalSet, yield_now};

use super::common::cancel_after;
use super::counted::HandedOver;
use super::interpreter::{World, run};
use super::program::{Fault, Program, programs};
use super::shrink::shrunk;

/// Names the seed of the one program that is to be run.
const SEED: &str = "RANDOM_PROGRAM";

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    CurrentThread,
    MultiThread,
    LocalSet,
}

/// How a program is cancelled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// Its future is dropped at a poll.
    Dropped,
    /// It is a task, which is aborted.
    Aborted,
}

pub struct Explorer {
    place: Place,
    end: End,
    fault: Option<Fault>,
    patience: Duration,
    runtime: Runtime,
    handed_over: HandedOver,
}

/// A program that breaks the contract, as small as could be.
#[derive(Debug)]
pub struct Failure {
    pub seed: u64,
    pub program: Program,
    pub error: String,
    place: Place,
    end: End,
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            program,
            error,
            place,
            end,
        } = self;
        write!(f, "{place:?}, {end:?}: {error}\n{program}")?;
        write!(
            f,
            "{SEED}={seed:#x} runs the program again that this was shrunk from"
        )
    }
}

impl Explorer {
    pub fn new(place: Place, end: End) -> Self {
        silence_planned_panics();
        let handed_over = HandedOver::default();
        let mut builder = match place {
            Place::MultiThread => Builder::new_multi_thread(),
            Place::CurrentThread | Place::LocalSet => Builder::new_current_thread(),
        };
        let subscriber = handed_over.subscriber();
        let runtime = builder
            .worker_threads(2)
            .enable_all()
            .on_thread_start(move || {
                // Until the thread ends.
                std::mem::forget(tracing::dispatcher::set_default(&subscriber));
            })
            .build()
            .unwrap();
        Self {
            place,
            end,
            fault: None,
            patience: Duration::from_secs(20),
            runtime,
            handed_over,
        }
    }

    /// The same with a fault in its programs, which shows after `patience` where it is that something hangs.
    pub fn with(self, fault: Fault, patience: Duration) -> Self {
        Self {
            fault: Some(fault),
            patience,
            ..self
        }
    }

    /// Runs that many programs, or the one whose seed the environment names; panics when one breaks the contract.
    pub fn explore(&self, cases: u64) {
        let replayed = env::var(SEED).ok().map(|seed| {
            let seed = seed.trim_start_matches("0x");
            u64::from_str_radix(seed, 16).expect("the seed is a hexadecimal number")
        });
        let first = replayed.unwrap_or_else(|| RandomState::new().hash_one(0));
        let cases = if replayed.is_some() { 1 } else { cases };
        println!("{cases} programs from seed {first:#x} on");
        if let Some(failure) = self.find(first, cases) {
            panic!("{failure}");
        }
    }

    /// The first of the programs with these seeds that breaks the contract.
    pub fn find(&self, first: u64, cases: u64) -> Option<Failure> {
        // What is armed is counted for the whole process.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let strategy = programs(self.fault);
        (0..cases).find_map(|case| {
            let seed = first.wrapping_add(case);
            let program = program(&strategy, seed);
            let error = self
                .hold_to_the_contract(&program, self.end == End::Dropped)
                .err()?;
            // What it has left behind in the process must not be seen in the next: that has a tracker of its own.
            let tries = if self.place == Place::MultiThread {
                20
            } else {
                1
            };
            let (program, error) = shrunk(program, error, |program| {
                (0..tries).try_for_each(|_| self.hold_to_the_contract(program, true))
            });
            Some(Failure {
                seed,
                program,
                error,
                place: self.place,
                end: self.end,
            })
        })
    }

    fn hold_to_the_contract(&self, program: &Program, has_tracker: bool) -> Result<(), String> {
        let world = World::new(has_tracker.then(CleanupTracker::new));
        let whole =
            hold_to_the_contract(program, world, self.end, self.patience, &self.handed_over);
        tracing::dispatcher::with_default(&self.handed_over.subscriber(), || match self.place {
            Place::LocalSet => LocalSet::new().block_on(&self.runtime, whole),
            Place::CurrentThread | Place::MultiThread => self.runtime.block_on(whole),
        })
    }
}

fn program(strategy: &impl Strategy<Value = Program>, seed: u64) -> Program {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    strategy
        .new_tree(&mut runner)
        .expect("nothing is filtered")
        .current()
}

/// Runs a program, cancels it after so many polls, and looks at what is left.
async fn hold_to_the_contract(
    program: &Program,
    world: World,
    end: End,
    patience: Duration,
    handed_over: &HandedOver,
) -> Result<(), String> {
    let (armed_before, handed_over_before) = (armed(), handed_over.count());
    let running = world.scope(run(program.steps.clone(), world.clone(), Vec::new()));
    let whole = async {
        if end == End::Dropped {
            let cancelled = cancel_after(program.polls, running);
            let _ = AssertUnwindSafe(cancelled).catch_unwind().await;
        } else {
            let task = tokio::spawn(running);
            for _ in 0..program.polls {
                yield_now().await;
            }
            task.abort();
            let _ = task.await;
        }
        // Aborted tasks that nobody has awaited: one that has made no guard yet is nothing that a drain could see.
        while Arc::strong_count(&world.tasks) > 1 {
            yield_now().await;
        }
    };
    let hangs = || format!("it hangs: {:?}", world.books);
    tokio::time::timeout(patience, whole)
        .await
        .map_err(|_| hangs())?;
    let report = world.drain(patience).await;
    if !report.still_running.is_empty() || !report.still_armed.is_empty() {
        return Err(format!("{report}"));
    }
    let armed = armed();
    world.let_go_of_kept();
    if armed > armed_before {
        return Err(format!(
            "{} guards are armed behind the drain",
            armed - armed_before
        ));
    }
    world.books.check(handed_over.count() - handed_over_before)
}

fn armed() -> usize {
    armed_guards().iter().map(|guards| guards.count()).sum()
}

fn silence_planned_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let former = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if info.payload().downcast_ref() != Some(&"planned") {
                former(info);
            }
        }));
    });
}
