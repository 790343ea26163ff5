//! A cluster of PostgreSQL for the tests of this process that need one, gone behind the last of them.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use recipe_trial::server;
use sqlx::postgres::PgConnectOptions;

/// Where Debian puts what is not for everybody.
const PROGRAMS: &[&str] = &["/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/15/bin"];

#[derive(Debug)]
pub struct Cluster {
    /// Ends the cluster when its input ends, also where this process is killed.
    shell: Child,
    socket: String,
}

impl Cluster {
    /// The cluster that others have started, or one more; none where this machine has no PostgreSQL.
    pub fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cluster) = shared.upgrade() {
            return Some(cluster);
        }
        let started = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&started);
        Some(started)
    }

    fn start() -> Option<Self> {
        let initdb = server("initdb", PROGRAMS)?;
        let initdb = initdb.canonicalize().expect("a program is there");
        let programs = initdb.parent().expect("a program is in a folder");
        // initdb refuses to run as root.
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0);
        let mut command = Command::new(if is_root { "runuser" } else { "sh" });
        if is_root {
            command.args(["-u", "postgres", "--", "sh"]);
        }
        let script = ["-c", include_str!("cluster.sh"), "cluster"];
        let command = command.args(script).arg(programs).current_dir("/");
        let mut shell = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        let said = shell.stdout.take().expect("a pipe");
        let mut socket = String::new();
        BufReader::new(said)
            .read_line(&mut socket)
            .expect("what the shell says");
        let socket = socket.trim().to_owned();
        assert!(!socket.is_empty(), "the cluster does not start");
        Some(Self { shell, socket })
    }

    /// How to connect to it.
    pub fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.socket)
            .username("recipe")
            .database("postgres")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
