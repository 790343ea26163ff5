//! A Redis, the lines to it that can be held up, and the desk at which one at a time may work.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use recipe_trial::server;
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, AsyncConnectionConfig, Client, RedisResult};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::net::UnixStream;
use tokio::sync::watch;

/// The name of the lease that everybody wants.
pub const NAME: &str = "desk";

/// A server that keeps nothing, of one test's own.
#[derive(Debug)]
pub struct Redis {
    /// Ends the server when its input ends, also where this process is killed.
    shell: Child,
    socket: PathBuf,
    _folder: tempfile::TempDir,
}

impl Redis {
    /// None where this machine has no Redis.
    pub fn start() -> Option<Self> {
        let program = server("redis-server", &["/usr/bin"])?;
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("redis");
        let script = r#""$@" >/dev/null & cat >/dev/null; kill $!; wait $!"#;
        let shell = Command::new("sh")
            .args(["-c", script, "redis"])
            .arg(program)
            .args([
                "--port",
                "0",
                "--save",
                "",
                "--appendonly",
                "no",
                "--unixsocket",
            ])
            .arg(&socket)
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        let started = Self {
            shell,
            socket,
            _folder: folder,
        };
        let begun = Instant::now();
        while std::os::unix::net::UnixStream::connect(&started.socket).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "it does not start"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        Some(started)
    }

    /// Where it listens.
    pub fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Connects to what listens there; a reply may take its time.
pub async fn connect(socket: &Path) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(20)));
    let client = client(socket)?;
    client
        .get_multiplexed_async_connection_with_config(&config)
        .await
}

/// A client of what listens there.
pub fn client(socket: &Path) -> RedisResult<Client> {
    Client::open(format!("redis+unix://{}", socket.display()))
}

/// A socket in front of the server that lets nothing through while it is held up.
#[derive(Debug)]
pub struct Line {
    pub socket: PathBuf,
    is_held_up: watch::Sender<bool>,
}

impl Line {
    /// A line to `server`, at a socket of its own.
    pub fn to(server: &Path, socket: PathBuf) -> io::Result<Self> {
        let (is_held_up, held_up) = watch::channel(false);
        let (listener, server) = (UnixListener::bind(&socket)?, server.to_owned());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = UnixStream::connect(&server).await else {
                    return;
                };
                let (near_read, near_write) = near.into_split();
                let (far_read, far_write) = far.into_split();
                tokio::spawn(carry(near_read, far_write, held_up.clone()));
                tokio::spawn(carry(far_read, near_write, held_up.clone()));
            }
        });
        Ok(Self { socket, is_held_up })
    }

    /// Lets nothing through for so long.
    pub async fn hold_up(&self, time: Duration) {
        self.is_held_up.send_replace(true);
        tokio::time::sleep(time).await;
        self.is_held_up.send_replace(false);
    }
}

/// Carries bytes from one side to the other, but for the time in which the line is held up.
async fn carry(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut held_up: watch::Receiver<bool>,
) {
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        let _ = held_up.wait_for(|is_held_up| !is_held_up).await;
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

/// Where one at a time may work; it notes when there are more.
#[derive(Debug, Clone, Default)]
pub struct Desk(Arc<(AtomicUsize, AtomicUsize)>);

impl Desk {
    /// Takes a place, until what is returned is dropped.
    pub fn sit_down(&self) -> Place {
        if self.0.0.fetch_add(1, Ordering::SeqCst) > 0 {
            self.0.1.fetch_add(1, Ordering::SeqCst);
        }
        Place(self.clone())
    }

    /// How many are working.
    pub fn at_work(&self) -> usize {
        self.0.0.load(Ordering::SeqCst)
    }

    /// How often somebody sat down beside somebody else.
    pub fn crowded(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

/// A place at the desk.
#[derive(Debug)]
pub struct Place(Desk);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What is lost when all that ends behind the programs has ended: a lease that nobody has, two at the desk.
pub async fn lost(socket: &Path, name: &str, desk: &Desk) -> RedisResult<Vec<String>> {
    let mut lost = Vec::new();
    if desk.crowded() > 0 {
        lost.push(format!("{} times two at the desk", desk.crowded()));
    }
    let left: isize = connect(socket).await?.pttl(name).await?;
    if left != -2 {
        lost.push(format!("held for {left} ms more by nobody"));
    }
    Ok(lost)
}
