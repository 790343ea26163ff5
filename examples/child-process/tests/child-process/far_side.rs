//! Jobs whose processes are found in `/proc`: each has the run's mark in its environment, and a child of this process is called so.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use recipe_trial::Chance;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;

/// Names the run's folder to a child and to whatever it starts.
const MARK: &str = "RECIPE_FOLDER";

/// What a child does. Each starts another process, and says so.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// Both end when they are told to.
    Listens,
    /// The child makes a file when it is told to end, and ends.
    TidiesUp,
    /// Neither listens.
    Ignores,
    /// The child listens, what it has started does not.
    LeavesADeafOne,
    /// The child ends by itself, with code 3.
    Ends,
}

impl Manner {
    pub fn any(chance: &mut Chance) -> Self {
        let all = [
            Self::Listens,
            Self::TidiesUp,
            Self::Ignores,
            Self::LeavesADeafOne,
            Self::Ends,
        ];
        all[chance.below(all.len())]
    }

    fn script(self) -> &'static str {
        match self {
            Self::Listens => "sleep 1000 & echo started; wait",
            Self::TidiesUp => {
                "trap '> \"$RECIPE_FOLDER/tidy\"; exit 0' TERM; sleep 1000 & echo started; wait"
            }
            Self::Ignores => "trap '' TERM; sleep 1000 & echo started; wait",
            Self::LeavesADeafOne => "(trap '' TERM; exec sleep 1000) & echo started; wait",
            Self::Ends => "sleep 1000 & echo started; exit 3",
        }
    }
}

/// Where jobs are started, and looked for.
#[derive(Debug)]
pub struct FarSide {
    folder: PathBuf,
    /// What children of this process are called in `/proc`.
    name: String,
}

impl FarSide {
    /// In a folder of its own, under a mark that nobody else has.
    pub fn start(folder: &Path, mark: &str) -> Self {
        let name = format!("j{mark}");
        assert!(name.len() < 16, "{name} is no longer than names in /proc");
        symlink("/bin/sh", folder.join(&name)).expect("a shell has one more name");
        Self {
            folder: folder.to_owned(),
            name,
        }
    }

    pub fn job(&self, manner: Manner) -> Command {
        let mut command = Command::new(self.folder.join(&self.name));
        command.arg("-c").arg(manner.script());
        command.env(MARK, &self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    /// Whether a child has tidied up.
    pub fn is_tidy(&self) -> bool {
        self.folder.join("tidy").exists()
    }

    /// Says what is left. What has been killed takes a moment to be gone, and has up to `moment`.
    pub fn left(&self, moment: Duration) -> Vec<String> {
        let give_up = Instant::now() + moment;
        loop {
            let running = self.running().into_iter();
            let running = running.map(|number| format!("process {number} runs"));
            let zombies = self.zombies().into_iter();
            let zombies = zombies.map(|number| format!("child {number} is a zombie"));
            let left: Vec<String> = running.chain(zombies).collect();
            if left.is_empty() || Instant::now() > give_up {
                return left;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// The processes that have the folder in their environment.
    fn running(&self) -> Vec<i32> {
        let mark = format!("{MARK}={}", self.folder.display());
        processes(|process| {
            let environment = fs::read(process.join("environ"))?;
            let mut variables = environment.split(|byte| *byte == 0);
            Ok(variables.any(|variable| variable == mark.as_bytes()))
        })
    }

    /// The children of this process that have ended and that nobody has waited for.
    fn zombies(&self) -> Vec<i32> {
        let start = format!("({}) Z {} ", self.name, std::process::id());
        processes(|process| Ok(fs::read_to_string(process.join("stat"))?.contains(&start)))
    }
}

impl Drop for FarSide {
    fn drop(&mut self) {
        for number in self.running() {
            let _ = Pid::from_raw(number).map(|number| kill_process(number, Signal::KILL));
        }
    }
}

/// The processes of which this is said; one that goes meanwhile is none.
fn processes(is_one: impl Fn(&Path) -> io::Result<bool>) -> Vec<i32> {
    let entries = fs::read_dir("/proc").expect("there is /proc");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let found = paths.filter(|path| is_one(path).unwrap_or(false));
    let numbers = found.filter_map(|path| path.file_name()?.to_str()?.parse().ok());
    numbers.collect()
}
