//! Runs blocks in a process of its own, since a changed block may hang, and since skeptic prints what it finds.

use std::io::{self, BufRead, BufReader, Write};
use std::panic::catch_unwind;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// Tells a process that it is a worker.
const WORKER: &str = "ASYNC_DROP_MUTATE_TEXT_WORKER";

/// How long a block may take to compile and run; the slowest takes about a second on an idle machine.
const PATIENCE: Duration = Duration::from_secs(40);

const ACCEPTED: &str = "=== accepted";
const REFUTED: &str = "=== refuted";

/// What became of a block.
pub enum Outcome {
    Accepted,
    /// With what was printed.
    Refuted(String),
    Hangs,
}

/// A process that runs one block after the other; started when it is needed.
#[derive(Default)]
pub struct Worker {
    running: Option<Running>,
}

struct Running {
    child: Child,
    asks: ChildStdin,
    said: Receiver<String>,
}

impl Worker {
    /// Compiles and runs the program in the file `program`.
    pub fn run(&mut self, program: &Path) -> io::Result<Outcome> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => Running::start()?,
        };
        writeln!(running.asks, "{}", program.display())?;
        let end = Instant::now() + PATIENCE;
        let mut said = String::new();
        let outcome = loop {
            match running
                .said
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(line) if line == ACCEPTED => break Outcome::Accepted,
                Ok(line) if line == REFUTED => break Outcome::Refuted(said),
                Ok(line) => {
                    said.push_str(&line);
                    said.push('\n');
                }
                Err(RecvTimeoutError::Timeout) => {
                    running.kill();
                    return Ok(Outcome::Hangs);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(io::Error::other(format!("a worker ended early:\n{said}")));
                }
            }
        };
        self.running = Some(running);
        Ok(outcome)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
    }
}

impl Running {
    fn start() -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command
            .env(WORKER, "1")
            .env("SKEPTIC_JOBS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        // The block that it runs is ended with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let (Some(asks), Some(stderr)) = (child.stdin.take(), child.stderr.take()) else {
            return Err(io::Error::other("a worker without pipes"));
        };
        let (says, said) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
                if says
                    .send(String::from_utf8_lossy(&line).into_owned())
                    .is_err()
                {
                    break;
                }
            }
        });
        Ok(Self { child, asks, said })
    }

    /// Ends the worker and what it runs.
    fn kill(mut self) {
        #[cfg(unix)]
        let _ = rustix::process::kill_process_group(
            rustix::process::Pid::from_child(&self.child),
            rustix::process::Signal::KILL,
        );
        // It has ended already where this fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs blocks until there are no more, if this process was started for it, and says whether it was.
pub fn run_if_asked() -> bool {
    if env::var_os(WORKER).is_none() {
        return false;
    }
    for program in io::stdin().lines().map_while(Result::ok) {
        let accepted = catch_unwind(|| {
            let program = fs::read_to_string(&program).expect("the program was written");
            skeptic::rt::run_test(
                env!("CARGO_MANIFEST_DIR"),
                env!("OUT_DIR"),
                env!("ASYNC_DROP_TARGET"),
                &program,
            );
        });
        eprintln!("\n{}", if accepted.is_ok() { ACCEPTED } else { REFUTED });
    }
    true
}
