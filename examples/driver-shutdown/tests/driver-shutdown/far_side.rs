//! A server that keeps cursors until they are killed, also those of a client that is gone.

use std::collections::HashMap;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// How many rows a collection has.
pub const ROWS: usize = 5;

/// A collection that the server does not have.
pub const UNKNOWN: &str = "unknown";

/// A collection whose second row never comes.
pub const SILENT: &str = "silent";

#[derive(Debug, Default)]
struct Books {
    connected: usize,
    opened: usize,
    /// The collection of each cursor, and how many rows have been read.
    cursors: HashMap<String, (String, usize)>,
    broken_off: usize,
}

/// The server, which runs as long as its runtime.
#[derive(Debug, Clone)]
pub struct Server {
    pub address: SocketAddr,
    books: Arc<Mutex<Books>>,
}

impl Server {
    /// Starts it, at a port of its own.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let server = Self {
            address: listener.local_addr()?,
            books: Arc::default(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = serving.clone();
                server.books().connected += 1;
                tokio::spawn(async move {
                    let said_goodbye = matches!(server.serve(client).await, Ok(true));
                    let mut books = server.books();
                    books.connected -= 1;
                    books.broken_off += usize::from(!said_goodbye);
                });
            }
        });
        Ok(server)
    }

    /// How many cursors are open.
    pub fn open(&self) -> usize {
        self.books().cursors.len()
    }

    /// Waits until so many cursors are open.
    pub async fn until_open(&self, cursors: usize) {
        let opening = async {
            while self.open() != cursors {
                sleep(Duration::from_millis(1)).await;
            }
        };
        let opened = timeout(Duration::from_secs(10), opening).await;
        opened.unwrap_or_else(|_| panic!("{} are open", self.open()));
    }

    /// What is wrong when its clients are gone: cursors that are still there, and connections without a goodbye.
    pub async fn lost(&self) -> Vec<String> {
        let leaving = async {
            while self.books().connected > 0 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        let is_left = timeout(Duration::from_secs(10), leaving).await.is_ok();
        let (open, broken_off) = (self.open(), self.books().broken_off);
        [
            (!is_left).then(|| "a client stays for ever".to_owned()),
            (open > 0).then(|| format!("{open} cursors are open")),
            (broken_off > 0).then(|| format!("{broken_off} have broken off")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Answers until the client is gone, and says whether it has said goodbye with all cursors killed.
    async fn serve(&self, client: TcpStream) -> io::Result<bool> {
        let mut client = BufStream::new(client);
        let mut said_goodbye = false;
        let mut line = String::new();
        while client.read_line(&mut line).await? > 0 {
            let answer = match line.trim_end().split_once(' ') {
                Some(("FIND", UNKNOWN)) => "ERROR".to_owned(),
                Some(("FIND", collection)) => format!("CURSOR {}", self.find(collection)),
                Some(("NEXT", id)) => self.next(id).await,
                Some((_, id)) => {
                    self.books().cursors.remove(id);
                    "OK".to_owned()
                }
                None => {
                    said_goodbye = true;
                    "OK".to_owned()
                }
            };
            client.write_all(format!("{answer}\n").as_bytes()).await?;
            client.flush().await?;
            line.clear();
        }
        Ok(said_goodbye)
    }

    fn find(&self, collection: &str) -> usize {
        let mut books = self.books();
        books.opened += 1;
        let id = books.opened;
        books
            .cursors
            .insert(id.to_string(), (collection.to_owned(), 0));
        id
    }

    async fn next(&self, id: &str) -> String {
        sleep(Duration::from_millis(1)).await;
        let next = self.books().cursors.get_mut(id).map(|(collection, read)| {
            *read += 1;
            (collection.clone(), *read)
        });
        match next {
            Some((collection, 2..)) if collection == SILENT => pending().await,
            Some((_, row)) if row <= ROWS => format!("ROW {row}"),
            Some(_) => "END".to_owned(),
            None => "ERROR".to_owned(),
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
