//! A server on the loopback that keeps books.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::books::{Books, LAST, NEVER};
use crate::chance::Chance;

/// Where all servers live: no runtime of a run takes them with it.
static SERVERS: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).enable_all().build();
    runtime.expect("a runtime for the servers")
});

/// Answers lines, many of them late, and refuses some of those that may be refused.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    books: Arc<Mutex<Books>>,
    close: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    pub(crate) fn start(chance: Chance) -> io::Result<Self> {
        let listener = SERVERS.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        let books = Arc::<Mutex<Books>>::default();
        let (close, closed) = oneshot::channel();
        let serving = SERVERS.spawn(serve(listener, Arc::clone(&books), chance, closed));
        Ok(Self {
            address,
            books,
            close,
            serving,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What is open or held at this moment, and which rules have been broken so far.
    pub(crate) fn holds(&self) -> Vec<String> {
        lock(&self.books).leaks()
    }

    /// Waits until every connection has been read to its end, and says what has leaked.
    pub(crate) fn finish(self) -> Vec<String> {
        lock(&self.books).end_run();
        let _ = self.close.send(());
        let ended =
            SERVERS.block_on(async { timeout(Duration::from_secs(10), self.serving).await });
        let mut leaks = lock(&self.books).leaks();
        if !matches!(ended, Ok(Ok(()))) {
            leaks.push(format!(
                "the server waits for a connection to end: {ended:?}"
            ));
        }
        leaks
    }
}

async fn serve(
    listener: TcpListener,
    books: Arc<Mutex<Books>>,
    mut chance: Chance,
    mut closed: oneshot::Receiver<()>,
) {
    let mut sessions = JoinSet::new();
    for number in 1.. {
        tokio::select! {
            biased;
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { break };
                sessions.spawn(attend(number, stream, Arc::clone(&books), chance.fork()));
            }
            _ = &mut closed => break,
        }
    }
    sessions.join_all().await;
}

/// Carries out what comes in on one connection, also when nobody waits for the answer any longer.
async fn attend(number: usize, stream: TcpStream, books: Arc<Mutex<Books>>, mut chance: Chance) {
    let (requests, mut answers) = stream.into_split();
    let mut requests = BufReader::new(requests).lines();
    while let Ok(Some(request)) = requests.next_line().await {
        latency(&mut chance).await;
        if request.starts_with("UNSUBSCRIBE") && request.ends_with(NEVER) {
            continue;
        }
        while request.starts_with("WITHDRAW")
            && request.ends_with(LAST)
            && !lock(&books).may_last_leave()
        {
            sleep(Duration::from_millis(1)).await;
        }
        let is_refused = may_be_refused(&request) && chance.once_in(12);
        let answer = if is_refused {
            format!("ERR {request} is refused")
        } else {
            lock(&books).carry_out(number, &request)
        };
        latency(&mut chance).await;
        let _ = answers.write_all(format!("{answer}\n").as_bytes()).await;
    }
    lock(&books).end(number);
}

async fn latency(chance: &mut Chance) {
    if chance.once_in(2) {
        sleep(chance.time(Duration::from_millis(2))).await;
    }
}

/// What ends or undoes something is never refused: a client that is told so could do nothing about it.
fn may_be_refused(request: &str) -> bool {
    [
        "BEGIN",
        "INSERT",
        "QUERY",
        "WORK",
        "LOCK",
        "RENEW",
        "REGISTER",
        "ORDER",
        "PAY",
        "TAKE",
        "ACKNOWLEDGE",
    ]
    .iter()
    .any(|verb| request.starts_with(verb))
}

fn lock(books: &Mutex<Books>) -> MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}
