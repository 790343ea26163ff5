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

    /// Says what is left: a child that nobody has waited for, running or a zombie; and what runs after `moment`, which what has been
    /// killed may take to be gone.
    pub fn left(&self, moment: Duration) -> Vec<String> {
        let children = self.children().into_iter();
        let children = children.map(|number| format!("child {number} is not waited for"));
        let children: Vec<String> = children.collect();
        let give_up = Instant::now() + moment;
        while !self.running().is_empty() && Instant::now() < give_up {
            thread::sleep(Duration::from_millis(2));
        }
        let running = self.running().into_iter();
        let running = running.map(|number| format!("process {number} runs"));
        children.into_iter().chain(running).collect()
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

    /// The children of this process, those that have ended, too.
    fn children(&self) -> Vec<i32> {
        let name = format!("({}) ", self.name);
        processes(|process| {
            let stat = fs::read_to_string(process.join("stat"))?;
            let rest = stat.split_once(&name).map_or("", |(_, rest)| rest);
            let parent = rest.split(' ').nth(1); // behind the state
            Ok(parent == Some(&std::process::id().to_string()))
        })
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
