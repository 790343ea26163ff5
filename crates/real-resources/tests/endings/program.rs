//! One run of a program.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

use crate::far_side::{FarSide, Seen};

/// How much later than the program says this machine may be.
pub const MARGIN: Duration = Duration::from_secs(4);

/// A program to run.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    pub kind: &'static str,
    pub grace_period: Duration,
}

/// What has come of it.
#[derive(Debug)]
pub struct Run {
    pub status: ExitStatus,
    pub said: String,
    pub seen: Seen,
    /// From the last signal to the end.
    pub took: Duration,
    /// How many of the signals were sent before it had ended.
    pub signals: usize,
}

impl Run {
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// How many of the program's values its report lists as left.
    pub fn listed(&self) -> usize {
        let lines = self.said.lines().filter(|line| line.contains("Link"));
        lines
            .map(|line| match line.strip_prefix("still ") {
                Some(left) if left.starts_with("running") => 1,
                Some(left) => left
                    .split(' ')
                    .next()
                    .map_or(0, |count| count.parse().unwrap_or(0)),
                None => 0,
            })
            .sum()
    }
}

impl Program {
    /// Runs it, and sends each signal so long after the one before it, the first so long after the first connection.
    pub fn run(self, signals: &[(Duration, Signal)]) -> Run {
        let far_side = FarSide::start().expect("a server");
        let mut program = Running(
            Command::new(env!("CARGO_BIN_EXE_ending"))
                .arg(self.kind)
                .arg(far_side.address().to_string())
                .arg(self.grace_period.as_millis().to_string())
                // Many words, more than a pipe holds: what reads them late would stop the program.
                .env("RUST_BACKTRACE", "1")
                .stderr(Stdio::piped())
                .spawn()
                .expect("the program starts"),
        );
        let mut stderr = program.0.stderr.take().expect("it is piped");
        let reading = thread::spawn(move || {
            let mut said = String::new();
            stderr.read_to_string(&mut said).map(|_| said)
        });
        far_side.wait_for_first();
        let mut sent = 0;
        let mut last = Instant::now();
        for (after, signal) in signals {
            if sent > 0 && self.kind == "hangs" {
                // Of two signals of one kind that come at once, a process hears one.
                far_side.wait_until_it_hangs();
            }
            if program.ends_within(*after).is_some() {
                break;
            }
            kill_process(Pid::from_child(&program.0), *signal).expect("a signal is sent");
            last = Instant::now();
            sent += 1;
        }
        let status = program.ends_within(self.grace_period + MARGIN);
        let took = last.elapsed();
        let status = status.unwrap_or_else(|| panic!("{self:?} goes on {took:?} after the signal"));
        let said = reading.join().expect("no panic").expect("words");
        Run {
            status,
            said,
            seen: far_side.finish(),
            took,
            signals: sent,
        }
    }
}

/// Killed when a test fails.
struct Running(Child);

impl Running {
    fn ends_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        let start = Instant::now();
        loop {
            let ended = self.0.try_wait().expect("it is ours to wait for");
            let left = limit.saturating_sub(start.elapsed());
            if ended.is_some() || left.is_zero() {
                return ended;
            }
            thread::sleep(left.min(Duration::from_millis(1)));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails when it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
