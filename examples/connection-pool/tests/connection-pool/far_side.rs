//! A server that keeps books of its connections: how many were open at a time, and how they ended.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use recipe_trial::Chance;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// What the books say.
#[derive(Debug, Clone, Default)]
pub struct Entries {
    /// Connections that were opened.
    pub opened: usize,
    /// Those that are open.
    pub open: usize,
    /// The most of them that were open at a time.
    pub most: usize,
    /// Those that have said goodbye.
    pub goodbyes: usize,
    /// Answers that belong to another question.
    pub mistaken: Vec<String>,
}

/// The books.
#[derive(Debug, Clone, Default)]
pub struct Books(Arc<Mutex<Entries>>);

impl Books {
    /// Holds an answer against its question.
    pub fn compare(&self, question: &str, answer: &str) {
        if question != answer {
            let mistaken = format!("{question:?} is answered with {answer:?}");
            self.entries().mistaken.push(mistaken);
        }
    }

    /// What they say now.
    pub fn read(&self) -> Entries {
        self.entries().clone()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The server; stopped when it is dropped.
#[derive(Debug)]
pub struct FarSide {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it has to say of its connections.
    pub books: Books,
    answers: watch::Sender<bool>,
    hang_up: watch::Sender<usize>,
    _serving: JoinSet<()>,
}

impl FarSide {
    /// Starts one that answers; each request is one in `hangs_up` at which it hangs up, if any.
    pub async fn start(hangs_up: Option<u32>, mut chance: Chance) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a server listens on the loopback");
        let address = listener.local_addr().expect("it has an address");
        let (books, (answers, may_answer)) = (Books::default(), watch::channel(true));
        let (hang_up, told) = watch::channel(0);
        let mut serving = JoinSet::new();
        let own = books.clone();
        serving.spawn(async move {
            let mut dialogues = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let mut host = Host {
                    hangs_up,
                    chance: chance.fork(),
                    may_answer: may_answer.clone(),
                    told: told.clone(),
                };
                host.told.mark_unchanged();
                let books = own.clone();
                {
                    let mut entries = books.entries();
                    entries.opened += 1;
                    entries.open += 1;
                    entries.most = entries.most.max(entries.open);
                }
                dialogues.spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let has_quit = host.attend(&mut stream).await.unwrap_or(false);
                    let mut entries = books.entries();
                    entries.open -= 1;
                    entries.goodbyes += usize::from(has_quit);
                    drop(stream); // in this order: who hears of it finds it in the books
                });
            }
        });
        Self {
            address,
            books,
            answers,
            hang_up,
            _serving: serving,
        }
    }

    /// Lets it answer, or keeps it from that.
    pub fn answer(&self, may: bool) {
        self.answers.send_replace(may);
    }

    /// Has it hang up on all connections that are idle.
    pub async fn hang_up(&self) {
        self.hang_up.send_modify(|times| *times += 1);
        self.is_left().await;
    }

    /// Waits for a while until no connection is open; says how many still are.
    pub async fn is_left(&self) -> usize {
        let deadline = Instant::now() + Duration::from_secs(2);
        while self.books.read().open > 0 && Instant::now() < deadline {
            sleep(Duration::from_millis(1)).await;
        }
        self.books.read().open
    }
}

/// What one dialogue knows.
#[derive(Debug)]
struct Host {
    hangs_up: Option<u32>,
    chance: Chance,
    may_answer: watch::Receiver<bool>,
    told: watch::Receiver<usize>,
}

impl Host {
    /// Answers each line by itself, and says whether the last one was a goodbye.
    async fn attend(&mut self, stream: &mut BufReader<TcpStream>) -> io::Result<bool> {
        loop {
            let mut line = String::new();
            tokio::select! {
                read = stream.read_line(&mut line) => read?,
                _ = self.told.changed() => return Ok(false),
            };
            if !line.ends_with('\n') {
                return Ok(false); // half a request is none
            }
            if line == "QUIT\n" {
                return Ok(true);
            }
            sleep(self.chance.time(Duration::from_millis(2))).await;
            let _ = self.may_answer.wait_for(|may| *may).await;
            if self
                .hangs_up
                .is_some_and(|times| self.chance.once_in(times))
            {
                return Ok(false);
            }
            stream.write_all(line.as_bytes()).await?;
        }
    }
}
