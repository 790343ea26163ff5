//! The clients, the process that they talk to, and what is left of it in its folder.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime};

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// How much later than the program says this machine may be.
pub const MARGIN: Duration = Duration::from_secs(3);

/// What a job says that takes longer than any test.
pub const HANGS: u64 = 3_600_000;

/// A service that runs, killed when a test fails.
pub struct Service {
    pub address: SocketAddr,
    grace_period: Duration,
    process: Child,
    words: JoinHandle<io::Result<String>>,
    signalled: Option<Instant>,
}

/// What has come of it.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    /// What it has written to its standard error.
    pub words: String,
    /// From the last signal to the end.
    pub took: Duration,
}

impl Ended {
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

impl Service {
    pub async fn start(program: &str, folder: &Path, grace_period: Duration) -> Self {
        let mut process = Command::new(program)
            .args(["127.0.0.1:0".as_ref(), folder.as_os_str()])
            .arg(grace_period.as_millis().to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut stderr = process.stderr.take().expect("it is piped");
        let words = tokio::spawn(async move {
            let mut words = String::new();
            stderr.read_to_string(&mut words).await.map(|_| words)
        });
        let stdout = process.stdout.take().expect("it is piped");
        let mut line = String::new();
        let mut stdout = BufReader::new(stdout);
        stdout.read_line(&mut line).await.expect("it says a line");
        Self {
            address: line.trim().parse().expect("the line is an address"),
            grace_period,
            process,
            words,
            signalled: None,
        }
    }

    pub fn signal(&mut self, signal: Signal) {
        let id = self.process.id().and_then(|id| id.try_into().ok());
        // It may have ended.
        if let Some(id) = id.and_then(Pid::from_raw) {
            kill_process(id, signal).expect("a signal is sent");
            self.signalled = Some(Instant::now());
        }
    }

    /// Waits until it has ended; none when it takes longer than it may.
    pub async fn ended(&mut self) -> Option<Ended> {
        let limit = self.grace_period.min(Duration::from_secs(20)) + MARGIN;
        let status = timeout(limit, self.process.wait()).await.ok()?;
        Some(Ended {
            status: status.expect("it is ours to wait for"),
            took: self.signalled.map_or(Duration::ZERO, |at| at.elapsed()),
            words: (&mut self.words).await.expect("no panic").expect("words"),
        })
    }
}

/// A connection that stays open from request to request; dropped, it hangs up.
pub struct Client {
    requests: SendRequest<Empty<Bytes>>,
    connection: JoinHandle<()>,
}

impl Client {
    pub async fn connect(service: SocketAddr) -> io::Result<Self> {
        let stream = TokioIo::new(TcpStream::connect(service).await?);
        let (requests, connection) = handshake(stream).await.map_err(io::Error::other)?;
        let connection = tokio::spawn(async move {
            // Whoever asks hears of its errors.
            let _ = connection.await;
        });
        Ok(Self {
            requests,
            connection,
        })
    }

    /// Asks for a job, and waits for the answer.
    pub async fn run(&mut self, number: u32) -> io::Result<StatusCode> {
        self.requests.ready().await.map_err(io::Error::other)?;
        let request = Request::post(format!("/jobs/{number}"))
            .header("host", "service")
            .body(Empty::new())
            .expect("a request");
        let answer = self.requests.send_request(request).await;
        answer
            .map(|answer| answer.status())
            .map_err(io::Error::other)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// The folder of jobs.
#[derive(Clone)]
pub struct Folder(pub PathBuf);

impl Folder {
    /// Makes the folder, with these jobs in the queue.
    pub fn new(path: &Path, jobs: &[(u32, u64)]) -> Self {
        for state in ["queued", "running", "done"] {
            fs::create_dir(path.join(state)).expect("a folder");
        }
        for (number, milliseconds) in jobs {
            let job = path.join("queued").join(number.to_string());
            fs::write(job, milliseconds.to_string()).expect("a file");
        }
        Self(path.to_owned())
    }

    pub fn jobs(&self, state: &str) -> BTreeSet<u32> {
        let files = fs::read_dir(self.0.join(state)).expect("the folder is there");
        files
            .map(|file| file.expect("a file").file_name())
            .map(|name| name.to_str().and_then(|name| name.parse().ok()))
            .map(|number| number.expect("a number"))
            .collect()
    }

    pub async fn wait_until(&self, state: &str, jobs: &[u32]) {
        let arrived = async {
            while !jobs.iter().all(|job| self.jobs(state).contains(job)) {
                sleep(Duration::from_millis(1)).await;
            }
        };
        let arrived = timeout(Duration::from_secs(20), arrived).await;
        arrived.unwrap_or_else(|_| panic!("{jobs:?} {state}: {:?}", self.left()));
    }

    /// What only a service that runs may have there.
    pub fn left(&self) -> Vec<String> {
        let mut left: Vec<_> = self
            .jobs("running")
            .iter()
            .map(|job| format!("job {job} is left running"))
            .collect();
        if self.0.join("owner").exists() {
            left.push("the folder is left with an owner".to_owned());
        } else if self.changed("") < self.changed("running") {
            left.push("a job has run behind the end of the service".to_owned());
        }
        left
    }

    /// When something has come or gone there.
    fn changed(&self, state: &str) -> SystemTime {
        let folder = fs::metadata(self.0.join(state)).expect("the folder is there");
        folder.modified().expect("a time")
    }
}
