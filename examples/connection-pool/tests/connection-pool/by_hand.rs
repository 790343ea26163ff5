//! The same program without the library: loans and a pool whose `Drop` hands what is left to tasks, and the tasks are counted.

use std::io;
use std::mem;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

/// The tasks that connect, and those that say goodbye.
static TASKS: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Waits for the ends of all pools; says whether they have come by the deadline.
pub async fn drain(deadline: Duration) -> bool {
    TASKS.close();
    timeout(deadline, TASKS.wait()).await.is_ok()
}

/// A connection that knows whether it is half-way through a request.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<TcpStream>,
    is_half_way: bool,
}

impl Connection {
    async fn open(server: SocketAddr) -> io::Result<Self> {
        let stream = BufReader::new(TcpStream::connect(server).await?);
        let is_half_way = false;
        Ok(Self {
            stream,
            is_half_way,
        })
    }

    /// Asks, and returns the answer. Cut off or failed, the connection is of no more use.
    pub async fn ask(&mut self, request: &str) -> io::Result<String> {
        if mem::replace(&mut self.is_half_way, true) {
            return Err(io::ErrorKind::NotConnected.into());
        }
        let (line, mut answer) = (format!("{request}\n"), String::new());
        self.stream.write_all(line.as_bytes()).await?;
        self.stream.read_line(&mut answer).await?;
        let answer = answer
            .strip_suffix('\n')
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        self.is_half_way = false;
        Ok(answer.to_owned())
    }

    /// Whether the server has hung up, or speaks unasked.
    fn is_stale(&self) -> bool {
        let read = self.stream.get_ref().try_read(&mut [0]);
        !read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    async fn hang_up(mut self, patience: Duration) -> io::Result<()> {
        let goodbye = async {
            if !self.is_half_way {
                self.stream.write_all(b"QUIT\n").await?;
            }
            self.stream.shutdown().await?;
            self.stream.read_to_end(&mut Vec::new()).await.map(drop) // so does the server
        };
        timeout(patience, goodbye).await?
    }
}

/// A connection that is out.
#[derive(Debug)]
pub struct Loan {
    lent: Option<(Connection, OwnedSemaphorePermit)>, // `None`: it is given back
    pool: Pool,
}

impl Deref for Loan {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        let (connection, _) = self.lent.as_ref().expect("it is out");
        connection
    }
}

impl DerefMut for Loan {
    fn deref_mut(&mut self) -> &mut Connection {
        let (connection, _) = self.lent.as_mut().expect("it is out");
        connection
    }
}

impl Loan {
    /// Gives a connection back, or begins to hang up in a task, so that a caller who is cut off does not cut that off.
    fn begin_return(&mut self) -> Option<JoinHandle<io::Result<()>>> {
        let (connection, place) = self.lent.take()?;
        if !connection.is_half_way {
            self.pool.idle().push(connection);
            return None;
        }
        let patience = self.pool.0.patience;
        Some(TASKS.spawn(async move {
            let _place = place; // is free behind this
            let closed = connection.hang_up(patience).await;
            if let Err(error) = &closed {
                eprintln!("the goodbye: {error}"); // perhaps nobody waits any longer
            }
            closed
        }))
    }

    async fn give_back(mut self) -> io::Result<()> {
        match self.begin_return() {
            Some(closed) => closed.await?,
            None => Ok(()),
        }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.begin_return();
    }
}

/// Lends up to `limit` connections at a time.
#[derive(Debug, Clone)]
pub struct Pool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    patience: Duration,
    limit: u32,
    places: Arc<Semaphore>, // one for each connection that is out
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    /// Opens one without a connection. A server that is silent for as long as `patience` is left at a goodbye.
    pub fn open(server: SocketAddr, limit: u32, patience: Duration) -> OpenPool {
        let places = Arc::new(Semaphore::new(limit as usize));
        let idle = Mutex::default();
        let pool = Self(Arc::new(Shared {
            server,
            patience,
            limit,
            places,
            idle,
        }));
        OpenPool(Some(pool))
    }

    /// Lends a connection as soon as one may be had.
    pub async fn get(&self) -> io::Result<Loan> {
        let place = Arc::clone(&self.0.places).acquire_owned().await;
        let place = place.map_err(io::Error::other)?;
        while let Some(idle) = self.idle().pop() {
            if !idle.is_stale() {
                return Ok(self.lend(idle, place));
            }
        }
        let (pool, (opened, opening)) = (self.clone(), oneshot::channel());
        TASKS.spawn(async move {
            // When nobody waits for it any longer, the loan is dropped here, and given back.
            let _ = opened.send(pool.connect(place).await);
        });
        opening
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::ConnectionAborted.into()))
    }

    async fn connect(&self, place: OwnedSemaphorePermit) -> io::Result<Loan> {
        let connection = Connection::open(self.0.server);
        let connection = timeout(self.0.patience, connection).await??;
        Ok(self.lend(connection, place))
    }

    fn lend(&self, connection: Connection, place: OwnedSemaphorePermit) -> Loan {
        let (lent, pool) = (Some((connection, place)), self.clone());
        Loan { lent, pool }
    }

    async fn close(self) -> io::Result<()> {
        let all = self.0.places.acquire_many(self.0.limit).await;
        self.0.places.close(); // whoever still waits is told
        drop(all);
        let idle = mem::take(&mut *self.idle()).into_iter();
        let idle = idle.filter(|idle| !idle.is_stale());
        let closed = join_all(idle.map(|idle| idle.hang_up(self.0.patience))).await;
        closed.into_iter().collect()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A pool that is closed by whoever drops this.
#[derive(Debug)]
pub struct OpenPool(Option<Pool>);

impl OpenPool {
    fn begin_close(&mut self) -> Option<JoinHandle<io::Result<()>>> {
        let pool = self.0.take()?;
        Some(TASKS.spawn(async move {
            let closed = pool.close().await;
            if let Err(error) = &closed {
                eprintln!("the pool: {error}"); // perhaps nobody waits any longer
            }
            closed
        }))
    }

    async fn close(mut self) -> io::Result<()> {
        match self.begin_close() {
            Some(closed) => closed.await?,
            None => Ok(()),
        }
    }
}

impl Drop for OpenPool {
    fn drop(&mut self) {
        self.begin_close();
    }
}

/// Asks on some connection of the pool.
pub async fn ask(pool: &Pool, request: &str) -> io::Result<String> {
    let mut connection = pool.get().await?;
    let answer = connection.ask(request).await;
    let closed = connection.give_back().await;
    let answer = answer?;
    closed.map(|()| answer)
}

/// Lends a pool to `work`, and closes it when that has ended, has failed or is cut off.
pub async fn pooled<R>(
    server: SocketAddr,
    limit: u32,
    patience: Duration,
    work: impl AsyncFnOnce(&Pool) -> io::Result<R>,
) -> io::Result<R> {
    let open = Pool::open(server, limit, patience);
    let pool = open.0.clone().ok_or(io::ErrorKind::NotConnected)?;
    let done = work(&pool).await;
    let closed = open.close().await;
    let done = done?;
    closed.map(|()| done)
}
