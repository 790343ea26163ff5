//! The peer, a server or a client, and its books: how each connection has ended.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use recipe_trial::Chance;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{WebSocketStream, accept_async, client_async};

/// How a connection has ended, as the peer has seen it.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// A Close frame, with this code.
    Said(Option<CloseCode>),
    /// The connection broke off.
    Broken(String),
}

/// A question that shows whether it has come whole.
pub fn question(length: usize) -> String {
    let mut text = "abcdefghijklmnopqrstuvwxyz".repeat(length / 26 + 1);
    text.truncate(length);
    text
}

/// How the peer behaves.
#[derive(Clone, Debug, Default)]
pub struct Habits {
    /// How long it takes at most for anything.
    pub longest: Duration,
    /// So long it does not read before it does.
    pub reads_after: Duration,
    /// So long it takes to accept the handshake.
    pub accepts_after: Duration,
    /// It has said much, before it is asked, and goes on to talk until the connection ends.
    pub talks: bool,
    /// It says goodbye by itself after the first message, with this code.
    pub leaves_with: Option<CloseCode>,
}

/// A server that keeps books.
pub struct Server {
    pub address: SocketAddr,
    ends: Arc<Mutex<Vec<End>>>,
    goodbyes: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
    attending: Arc<Mutex<JoinSet<()>>>,
}

impl Server {
    pub async fn start(habits: Habits, mut chance: Chance) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let ends = Arc::<Mutex<Vec<End>>>::default();
        let attending = Arc::<Mutex<JoinSet<()>>>::default();
        let (books, tasks) = (Arc::clone(&ends), Arc::clone(&attending));
        let goodbyes = Arc::<AtomicUsize>::default();
        let heard = Arc::clone(&goodbyes);
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (habits, chance) = (habits.clone(), chance.fork());
                let (books, heard) = (Arc::clone(&books), Arc::clone(&heard));
                lock(&tasks).spawn(async move {
                    sleep(habits.accepts_after).await;
                    // One that was cut off in front of its request has never been open.
                    if let Ok(socket) = accept_async(client).await {
                        let end = attend(socket, &habits, chance, &heard).await;
                        lock(&books).push(end);
                    }
                });
            }
        });
        Ok(Self {
            address,
            ends,
            goodbyes,
            serving,
            attending,
        })
    }

    /// How many Close frames it has read.
    pub fn goodbyes(&self) -> usize {
        self.goodbyes.load(Ordering::Relaxed)
    }

    /// How the connections have ended, once all have.
    pub async fn ends(&self) -> Vec<End> {
        // Those in the backlog are accepted by then, since this one is.
        let mut last = TcpStream::connect(self.address).await.expect("it serves");
        last.shutdown().await.expect("it serves");
        last.read_to_end(&mut Vec::new()).await.expect("it serves");
        let all = async {
            loop {
                let next =
                    std::future::poll_fn(|context| lock(&self.attending).poll_join_next(context));
                if next.await.is_none() {
                    return;
                }
            }
        };
        let mut ends = match timeout(Duration::from_secs(10), all).await {
            Ok(()) => Vec::new(),
            Err(_) => vec![End::Broken("it is open for ever".to_owned())],
        };
        ends.extend(lock(&self.ends).iter().cloned());
        ends
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
        lock(&self.attending).abort_all();
    }
}

async fn attend(
    mut socket: WebSocketStream<TcpStream>,
    habits: &Habits,
    mut chance: Chance,
    heard: &AtomicUsize,
) -> End {
    for _ in 0..if habits.talks { 3 } else { 0 } {
        // More than an end reads at once.
        let _ = socket.send(Message::text(question(300_000))).await;
    }
    sleep(habits.reads_after).await;
    loop {
        if habits.talks {
            // It is read, or the connection has ended.
            let _ = socket.send(Message::text("by the way")).await;
        }
        let message = match socket.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return End::Broken(error.to_string()),
            None => return End::Broken("it has ended without a word".to_owned()),
        };
        match message {
            Message::Close(frame) => {
                heard.fetch_add(1, Ordering::Relaxed);
                let end = End::Said(frame.map(|frame| frame.code));
                // Sends the answer.
                while let Some(Ok(_)) = socket.next().await {}
                return end;
            }
            Message::Text(text) if text.as_str() != question(text.len()) => {
                return End::Broken(format!("a message of {} bytes is not whole", text.len()));
            }
            message => {
                sleep(chance.time(habits.longest)).await;
                if let Some(code) = habits.leaves_with {
                    let reason = "".into();
                    let frame = CloseFrame { code, reason };
                    let _ = socket.close(Some(frame)).await;
                    continue;
                }
                let length = message.len().to_string();
                // Whoever is gone is heard of by the next read.
                let _ = socket.send(Message::text(length)).await;
            }
        }
    }
}

/// A client that asks so many questions of this length, and says how its connection has ended; none if it was never open.
pub async fn client(server: SocketAddr, questions: usize, length: usize) -> Option<End> {
    let stream = TcpStream::connect(server).await.ok()?;
    let (mut socket, _) = client_async(format!("ws://{server}/"), stream).await.ok()?;
    for asked in 0.. {
        // Whoever is gone is heard of by the next read.
        if asked < questions {
            let _ = socket.send(Message::text(question(length))).await;
        } else {
            let (code, reason) = (CloseCode::Normal, "".into());
            let _ = socket.close(Some(CloseFrame { code, reason })).await;
        }
        match socket.next().await {
            Some(Ok(Message::Close(frame))) => {
                let end = End::Said(frame.map(|frame| frame.code));
                while let Some(Ok(_)) = socket.next().await {}
                return Some(end);
            }
            Some(Ok(message)) if message.to_string() != length.to_string() => {
                return Some(End::Broken(format!("{message} is no answer")));
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return Some(End::Broken(error.to_string())),
            None => break,
        }
    }
    Some(End::Broken("it has ended without a word".to_owned()))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
