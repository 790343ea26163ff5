//! A server that keeps books of its clients: it greets, answers each request with itself, and hears QUIT and a FIN before it says BYE and
//! FIN.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use recipe_trial::Chance;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::codec::{Framed, LengthDelimitedCodec};

/// Where the server stops in each of its dialogues.
#[derive(Debug, Clone, Copy)]
pub enum Stop {
    Nowhere,
    /// Reads the request of this number when it is told to go on, and those behind it.
    BeforeRequest(usize),
    /// Ends a dialogue when it is told to.
    BeforeItsFin,
    /// Never reads the request of this number.
    ForGood(usize),
}

/// The books.
#[derive(Debug, Clone, Default)]
pub struct Books(Arc<Mutex<Vec<String>>>);

impl Books {
    /// Holds an answer against its question, of which the first bytes say enough.
    pub fn compare(&self, question: &Bytes, answer: &[u8]) {
        if question != answer {
            let [asked, answered] = [question, answer].map(|it| it[..it.len().min(8)].to_owned());
            let [asked, answered] =
                [asked, answered].map(|it| String::from_utf8_lossy(&it).into_owned());
            self.note(format!("{asked:?} is answered with {answered:?}"));
        }
    }

    /// Notes what must not be.
    pub fn note(&self, what: String) {
        self.entries().push(what);
    }

    fn entries(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The server.
#[derive(Debug)]
pub struct FarSide {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it has to say of its clients.
    pub books: Books,
    go_on: watch::Sender<bool>,
    last: watch::Sender<Option<SocketAddr>>,
    serving: JoinHandle<()>,
}

impl FarSide {
    /// Starts one that stops there, and greets so.
    pub fn start(stop: Stop, greeting: &'static str, chance: Chance) -> Self {
        let listener = listen().expect("a server listens on the loopback");
        let address = listener.local_addr().expect("it has an address");
        let books = Books::default();
        let (go_on, told) = watch::channel(false);
        let (last, is_last) = watch::channel(None);
        let host = Host {
            stop,
            greeting,
            chance,
            told,
        };
        let serving = tokio::spawn(serve(listener, host, books.clone(), is_last));
        Self {
            address,
            books,
            go_on,
            last,
            serving,
        }
    }

    /// Lets it go on where it has stopped.
    pub fn go_on(&self) {
        self.go_on.send_replace(true);
    }

    /// Connects behind all others.
    async fn end(&self) -> io::Result<()> {
        let socket = socket()?;
        self.last.send_replace(Some(socket.local_addr()?));
        socket.connect(self.address).await.map(drop)
    }

    /// Waits until each dialogue has ended, and says what is wrong with them.
    pub async fn finish(self) -> Vec<String> {
        self.go_on();
        self.end().await.expect("it takes one more connection");
        let served = timeout(Duration::from_secs(10), self.serving).await;
        let mut lost = self.books.entries().clone();
        if !matches!(served, Ok(Ok(()))) {
            lost.push(format!("a connection stays open: {served:?}"));
        }
        lost
    }
}

/// A socket on the loopback.
fn socket() -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    Ok(socket)
}

/// A listener whose connections take little before they are read.
fn listen() -> io::Result<TcpListener> {
    let socket = socket()?;
    socket.set_recv_buffer_size(1 << 16)?;
    socket.listen(64)
}

/// Serves who connects, up to the one from this address, who ends it.
async fn serve(
    listener: TcpListener,
    mut host: Host,
    books: Books,
    last: watch::Receiver<Option<SocketAddr>>,
) {
    let mut dialogues = JoinSet::new();
    for number in 1.. {
        let (stream, from) = listener.accept().await.expect("a connection");
        if *last.borrow() == Some(from) {
            break;
        }
        let (mut host, books) = (host.next(), books.clone());
        dialogues.spawn(async move {
            if let Err(broken) = host.attend(stream).await {
                books.note(format!("connection {number} {broken}"));
            }
        });
    }
    dialogues.join_all().await;
}

/// What one dialogue knows.
#[derive(Debug)]
struct Host {
    stop: Stop,
    greeting: &'static str,
    chance: Chance,
    told: watch::Receiver<bool>,
}

impl Host {
    fn next(&mut self) -> Self {
        Self {
            chance: self.chance.fork(),
            told: self.told.clone(),
            ..*self
        }
    }

    /// Reads a dialogue to its end, and says what is wrong with it.
    async fn attend(&mut self, stream: TcpStream) -> Result<(), String> {
        let mut stream = Framed::new(stream, LengthDelimitedCodec::new());
        let heard = self.hear(&mut stream).await;
        let is_torn_off = stream.get_ref().take_error().is_ok_and(|it| it.is_some());
        match (self.stop, heard) {
            // Its client may lose patience anywhere.
            (Stop::ForGood(_), Err(Broken::TornOff(_))) => Ok(()),
            (_, Ok(())) if is_torn_off => Err("was closed before the server's FIN".to_owned()),
            (_, Ok(())) => Ok(()),
            (_, Err(Broken::TornOff(why))) => Err(format!("is torn off: {why}")),
            (_, Err(Broken::Rule(rule))) => Err(rule.to_owned()),
        }
    }

    async fn hear(
        &mut self,
        stream: &mut Framed<TcpStream, LengthDelimitedCodec>,
    ) -> Result<(), Broken> {
        stream
            .send(Bytes::from_static(self.greeting.as_bytes()))
            .await?;
        for number in 0.. {
            match self.stop {
                Stop::BeforeRequest(stop) if stop == number => self.is_told().await,
                Stop::ForGood(stop) if stop == number => {
                    self.is_told().await;
                    let torn_off = stream.get_ref().take_error()?;
                    return Err(torn_off.map_or(Broken::Rule("is still open"), Broken::TornOff));
                }
                _ => {}
            }
            let request = stream
                .next()
                .await
                .ok_or(Broken::Rule("ends without a goodbye"))??;
            self.latency().await;
            if request == "QUIT" {
                break;
            }
            stream.send(request.freeze()).await?;
        }
        if stream.next().await.is_some() {
            return Err(Broken::Rule("goes on behind its goodbye"));
        }
        self.latency().await;
        stream.send(Bytes::from_static(b"BYE")).await?;
        if matches!(self.stop, Stop::BeforeItsFin) {
            self.is_told().await;
        }
        Ok(stream.get_mut().shutdown().await?)
    }

    async fn latency(&mut self) {
        if self.chance.once_in(2) {
            sleep(self.chance.time(Duration::from_millis(2))).await;
        }
    }

    async fn is_told(&mut self) {
        let _ = self.told.wait_for(|is_told| *is_told).await;
    }
}

/// How a dialogue ends that does not end well.
#[derive(Debug)]
enum Broken {
    Rule(&'static str),
    TornOff(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::TornOff(error)
    }
}
