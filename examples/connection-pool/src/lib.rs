//! A connection pool of one's own: it lends connections, takes back those that are whole, closes the others, and at its end waits for
//! all that are out.

use std::io;
use std::mem;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_drop_utils::{AsyncDropGuard, Closing, closing, with_async_drop};
use futures_util::future::join_all;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// What is closed by its own function.
pub type Guarded<T> = AsyncDropGuard<Closing<T, io::Error>>;

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

    // ANCHOR: ask
    /// Asks, and returns the answer. Cut off or failed, the connection is of no more use.
    ///
    /// # Errors
    ///
    /// What the network says, or that a request before was not answered.
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
    // ANCHOR_END: ask

    /// Whether the server has hung up, or speaks unasked.
    fn is_stale(&self) -> bool {
        let read = self.stream.get_ref().try_read(&mut [0]);
        !read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    // ANCHOR: hang_up
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
    // ANCHOR_END: hang_up
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
    pub fn open(server: SocketAddr, limit: u32, patience: Duration) -> Guarded<Self> {
        let places = Arc::new(Semaphore::new(limit as usize));
        let idle = Mutex::default();
        let pool = Self(Arc::new(Shared {
            server,
            patience,
            limit,
            places,
            idle,
        }));
        closing(pool, Self::close)
    }

    // ANCHOR: get
    /// Lends a connection as soon as one may be had.
    ///
    /// # Errors
    ///
    /// What the network says, or that the pool is closed.
    pub async fn get(&self) -> io::Result<Guarded<Connection>> {
        let place = Arc::clone(&self.0.places).acquire_owned().await;
        let place = place.map_err(io::Error::other)?;
        while let Some(idle) = self.idle().pop() {
            if !idle.is_stale() {
                return Ok(self.lend(idle, place));
            }
        }
        let pool = self.clone();
        AsyncDropGuard::acquire(async move {
            let connection = Connection::open(pool.0.server);
            let connection = timeout(pool.0.patience, connection).await??;
            Ok(pool.lend(connection, place))
        })
        .await
    }

    fn lend(&self, connection: Connection, place: OwnedSemaphorePermit) -> Guarded<Connection> {
        let pool = self.clone();
        closing(connection, async move |connection| {
            let _place = place; // is free behind this
            match connection.is_half_way {
                true => connection.hang_up(pool.0.patience).await,
                false => {
                    pool.idle().push(connection);
                    Ok(())
                }
            }
        })
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
    // ANCHOR_END: get

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
// ANCHOR: use
/// Asks on some connection of the pool.
///
/// # Errors
///
/// Those of [`Pool::get`] and [`Connection::ask`].
pub async fn ask(pool: &Pool, request: &str) -> io::Result<String> {
    with_async_drop!(connection = pool.get().await?, {
        connection.ask(request).await
    })
}

/// Lends a pool to `work`, and closes it when that has ended, has failed or is cut off.
///
/// # Errors
///
/// Those of the work and of the goodbyes.
pub async fn pooled<R>(
    server: SocketAddr,
    limit: u32,
    patience: Duration,
    work: impl AsyncFnOnce(&Pool) -> io::Result<R>,
) -> io::Result<R> {
    with_async_drop!(pool = Pool::open(server, limit, patience), {
        work(&pool).await
    })
}
// ANCHOR_END: use
