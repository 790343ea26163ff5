//! The moment between a grant and its reply, in front of a real server: what a caller that is cut off there leaves open.
#![cfg(feature = "tokio")]

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, drain};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const RUNS: u64 = 300;

/// Grants a lease when it reads the request, and replies a little later; a connection that ends releases nothing.
struct Server {
    address: std::net::SocketAddr,
    granted: Arc<Mutex<HashSet<String>>>,
    /// A grant is replied to while there is one.
    replies: Arc<Semaphore>,
    _serving: JoinSet<()>,
}

impl Server {
    async fn start() -> Self {
        Self::start_with(Semaphore::new(1)).await
    }

    async fn start_with(replies: Semaphore) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let granted = Arc::new(Mutex::new(HashSet::new()));
        let replies = Arc::new(replies);
        let (mut serving, all) = (JoinSet::new(), Arc::clone(&granted));
        let allowed = Arc::clone(&replies);
        serving.spawn(async move {
            let mut clients = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (granted, replies) = (Arc::clone(&all), Arc::clone(&allowed));
                clients.spawn(async move {
                    // The client may be gone, which ends this connection and changes no grant.
                    let _ = serve(stream, &granted, &replies).await;
                });
            }
        });
        Self {
            address,
            granted,
            replies,
            _serving: serving,
        }
    }

    fn still_granted(&self) -> usize {
        self.granted.lock().unwrap().len()
    }
}

async fn serve(
    stream: TcpStream,
    granted: &Mutex<HashSet<String>>,
    replies: &Semaphore,
) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let (verb, name) = line.trim_end().split_once(' ').unwrap();
        if verb == "grant" {
            granted.lock().unwrap().insert(name.to_owned());
            sleep(Duration::from_millis(3)).await;
            // What is asked next is heard, although this was not replied to.
            tokio::select! {
                biased;
                reply = replies.acquire() => drop(reply),
                _ = stream.fill_buf() => {
                    line.clear();
                    continue;
                }
            }
        } else {
            granted.lock().unwrap().remove(name);
        }
        let reply = format!("{verb}ed {name}\n");
        stream.write_all(reply.as_bytes()).await?;
        line.clear();
    }
    Ok(())
}

#[derive(Debug)]
struct Lease {
    server: std::net::SocketAddr,
    name: String,
    /// `None` until there is a connection on which something may have been asked for.
    stream: Option<BufReader<TcpStream>>,
}

impl Lease {
    fn unasked(server: &Server, name: String) -> Self {
        Self {
            server: server.address,
            name,
            stream: None,
        }
    }

    async fn request(&mut self) -> io::Result<()> {
        let stream = TcpStream::connect(self.server).await?;
        self.stream = Some(BufReader::new(stream));
        self.ask("grant").await
    }

    /// Passes over the reply to what was asked before, by somebody who is gone.
    async fn ask(&mut self, verb: &str) -> io::Result<()> {
        let Some(stream) = &mut self.stream else {
            return Ok(());
        };
        stream
            .write_all(format!("{verb} {}\n", self.name).as_bytes())
            .await?;
        let mut reply = String::new();
        while !reply.starts_with(verb) {
            reply.clear();
            if stream.read_line(&mut reply).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Lease {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        self.ask("release").await
    }
}

/// The constructor that one writes first: there is no guard before the reply.
async fn obvious(mut lease: Lease) -> io::Result<AsyncDropGuard<Lease>> {
    lease.request().await?;
    Ok(AsyncDropGuard::new_cancel_safe(lease))
}

async fn acquired(lease: Lease) -> io::Result<AsyncDropGuard<Lease>> {
    AsyncDropGuard::acquire(obvious(lease)).await
}

async fn initialised(lease: Lease) -> io::Result<AsyncDropGuard<Lease>> {
    AsyncDropGuard::init(lease, async |lease| lease.request().await).await
}

/// Opens leases and cuts each opening off at a random moment; gives how many the server still has granted in the end.
fn left_open<C, Fut>(constructor: C) -> usize
where
    C: Fn(Lease) -> Fut,
    Fut: Future<Output = io::Result<AsyncDropGuard<Lease>>> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let server = Server::start().await;
        let mut runs = JoinSet::new();
        for run in 0..RUNS {
            let opening = constructor(Lease::unasked(&server, format!("lease-{run}")));
            // Spread over the whole opening, and a little beyond, in steps that have nothing to do with the runs' order.
            let patience = Duration::from_micros(run * 7919 % RUNS * 30);
            runs.spawn(async move {
                if let Ok(opened) = timeout(patience, opening).await {
                    opened.unwrap().async_drop().await.unwrap();
                }
            });
            if runs.len() == 8 {
                runs.join_next().await.unwrap().unwrap();
            }
        }
        while let Some(run) = runs.join_next().await {
            run.unwrap();
        }
        let report = drain(Duration::from_secs(30)).await;
        assert!(report.is_clean(), "{report}");
        server.still_granted()
    })
}

#[test]
fn an_opening_cut_off_between_grant_and_reply_leaves_nothing_open_when_it_is_acquired_or_initialised()
 {
    // One after the other: the process has one drain.
    let leaks = left_open(obvious);
    assert!(
        leaks > 0,
        "no opening was cut off between grant and reply: the test shows nothing"
    );
    assert_eq!(left_open(acquired), 0);
    assert_eq!(left_open(initialised), 0);
}

#[tokio::test]
async fn an_opening_that_never_hears_its_reply_is_undone_by_an_init_inside_the_acquire() {
    async fn unheard(lease: &mut Lease) -> io::Result<()> {
        lease.request().await?;
        Err(io::ErrorKind::TimedOut.into())
    }
    for (is_initialised, still_granted) in [(false, 1), (true, 0)] {
        let server = Server::start().await;
        let mut lease = Lease::unasked(&server, "lease".to_owned());
        let opened = AsyncDropGuard::acquire(async move {
            if is_initialised {
                return AsyncDropGuard::init(lease, unheard).await;
            }
            unheard(&mut lease).await?;
            Ok(AsyncDropGuard::new_cancel_safe(lease))
        });
        assert_eq!(opened.await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(server.still_granted(), still_granted);
    }
}

#[tokio::test]
async fn a_request_that_is_never_answered_is_undone_when_it_has_a_deadline_inside_the_acquire() {
    for is_bounded in [true, false] {
        let server = Server::start_with(Semaphore::new(0)).await;
        let lease = Lease::unasked(&server, "lease".to_owned());
        let opening = AsyncDropGuard::acquire(AsyncDropGuard::init(lease, async move |lease| {
            if is_bounded {
                timeout(Duration::from_millis(200), lease.request()).await?
            } else {
                lease.request().await
            }
        }));
        let cut_off = timeout(Duration::from_millis(100), opening).await;
        assert!(cut_off.is_err());
        if !is_bounded {
            while server.still_granted() == 0 {
                sleep(Duration::from_millis(1)).await;
            }
            sleep(Duration::from_millis(300)).await;
            assert_eq!(server.still_granted(), 1, "the task still waits");
            server.replies.add_permits(1);
        }
        let report = drain(Duration::from_secs(30)).await;
        assert!(report.is_clean(), "{report}");
        assert_eq!(server.still_granted(), 0, "{report}");
    }
}
