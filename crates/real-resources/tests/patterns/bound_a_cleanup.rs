//! Pattern "Bound a cleanup": a server that never says goodbye, and a child process with a child of its own, which does not listen.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use async_drop_real_resources::{Subscription, Trial, World};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use async_trait::async_trait;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// Listens for three messages.
async fn listen(mut world: World, patience: Duration) -> io::Result<()> {
    with_async_drop!(
        messages = Subscription::open(&mut world, patience).await?,
        {
            for _ in 0..3 {
                messages.receive().await?;
            }
            Ok(())
        }
    )
}

#[test]
fn a_goodbye_with_a_bound_ends_by_the_last_resort() {
    Trial::new("bounded").never_leaks(|world| listen(world, Duration::from_millis(20)));
}

#[test]
fn a_goodbye_without_a_bound_hangs() {
    let trial = Trial::new("unbounded").hangs(Duration::from_millis(250));
    trial.leaks(|world| listen(world, Duration::from_secs(60)));
}

/// Names the run's folder to the child and to whatever it starts.
const MARK: &str = "REAL_RESOURCES_FOLDER";

/// A shell and what it has started, one process group.
#[derive(Debug)]
struct Job {
    child: Child,
    group: Pid,
}

impl Job {
    /// Needs no await: the child is under guard before anything can be cut off.
    fn start(world: &mut World) -> io::Result<AsyncDropGuard<Self>> {
        let (child, group) = spawn(world, Command::new("sh").process_group(0))?;
        Ok(AsyncDropGuard::new_cancel_safe(Self { child, group }))
    }

    /// A group that is gone already has heard it.
    fn tell(&self, signal: Signal) {
        let _ = kill_process_group(self.group, signal);
    }
}

#[async_trait]
impl AsyncDrop for Job {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        self.tell(Signal::TERM);
        let _ = timeout(Duration::from_millis(20), self.child.wait()).await;
        self.tell(Signal::KILL); // also what outlives the child
        self.child.wait().await.map(drop)
    }
}

/// Starts a shell that starts another process, and waits. A third of them do not listen to SIGTERM, in another third that process alone
/// does not. A file in the run's folder has the child's number.
fn spawn(world: &mut World, command: &mut Command) -> io::Result<(Child, Pid)> {
    let script = if world.chance.once_in(3) {
        "trap '' TERM; sleep 1000 & sleep 1000; exit 1"
    } else if world.chance.once_in(2) {
        "(trap '' TERM; exec sleep 1000) & sleep 1000; exit 1"
    } else {
        "sleep 1000 & sleep 1000; exit 1"
    };
    let command = command.arg("-c").arg(script);
    let child = command
        .env(MARK, &world.folder)
        .stdin(Stdio::null())
        .spawn()?;
    let number = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
    let number = number.ok_or(io::ErrorKind::NotFound)?;
    std::fs::write(world.folder.join(number.as_raw_nonzero().to_string()), "")?;
    Ok((child, number))
}

/// Says which processes of the run are there, and which children of this process nobody has waited for; ends the former.
///
/// What has been killed takes a moment to be gone: it gets some seconds.
fn processes(folder: &Path) -> io::Result<Vec<String>> {
    processes_after(Duration::from_secs(5), folder)
}

fn processes_after(moment: Duration, folder: &Path) -> io::Result<Vec<String>> {
    let give_up = Instant::now() + moment;
    while !running(folder)?.is_empty() && Instant::now() < give_up {
        thread::sleep(Duration::from_millis(5));
    }
    let mut left = Vec::new();
    for process in running(folder)? {
        left.push(format!("process {process} runs"));
        let number = process.parse().ok().and_then(Pid::from_raw);
        let _ = number.map(|number| kill_process(number, Signal::KILL));
    }
    for entry in std::fs::read_dir(folder)? {
        let child = entry?.file_name().to_string_lossy().into_owned();
        // Its name is in parentheses; what follows is its state and its parent's number.
        let stat = std::fs::read_to_string(PathBuf::from("/proc").join(&child).join("stat"))
            .unwrap_or_default();
        let mut words = stat.rsplit(')').next().unwrap_or("").split_whitespace();
        let is_zombie = words.next() == Some("Z");
        if is_zombie && words.next() == Some(&std::process::id().to_string()) {
            left.push(format!("child {child} is a zombie"));
        }
    }
    Ok(left)
}

/// The numbers of the processes that have the folder in their environment.
fn running(folder: &Path) -> io::Result<Vec<String>> {
    let mark = format!("{MARK}={}", folder.display());
    let mut running = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let entry = entry?;
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == mark.as_bytes())
        {
            running.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(running)
}

#[test]
fn a_process_group_that_is_told_killed_and_awaited_leaves_nobody() {
    Trial::new("process group")
        .look(processes)
        .never_leaks(|mut world: World| async move {
            let job = Job::start(&mut world)?;
            with_async_drop!(job, {
                sleep(world.chance.time(Duration::from_millis(10))).await;
                Ok(())
            })
        });
}

/// A job whose group is killed only when the child does not end.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = io::Error)]
struct Spared(Job);

impl Spared {
    async fn close(&mut self) -> io::Result<()> {
        self.0.tell(Signal::TERM);
        let ended = timeout(Duration::from_millis(20), self.0.child.wait()).await;
        if ended.is_err() {
            self.0.tell(Signal::KILL);
        }
        self.0.child.wait().await.map(drop)
    }
}

#[test]
fn a_group_that_is_spared_when_the_child_has_ended_leaves_the_childs_own_child() {
    let trial = Trial::new("spared group")
        .look(|folder| processes_after(Duration::from_millis(50), folder));
    trial.leaks(|mut world: World| async move {
        let job = Job::start(&mut world)?.map_unsafe(Spared).cancel_safe();
        with_async_drop!(job, {
            sleep(world.chance.time(Duration::from_millis(10))).await;
            let _ = &job;
            Ok(())
        })
    });
}

#[test]
fn a_child_that_is_killed_when_it_is_dropped_leaves_its_own_child() {
    // Nobody has told what is left to end, so that waiting for it is of no use.
    let trial = Trial::new("kill on drop")
        .look(|folder| processes_after(Duration::from_millis(50), folder));
    trial.leaks(|mut world: World| async move {
        let (mut child, _) = spawn(&mut world, Command::new("sh").kill_on_drop(true))?;
        timeout(Duration::from_millis(10), child.wait()).await??;
        Ok(())
    });
}
