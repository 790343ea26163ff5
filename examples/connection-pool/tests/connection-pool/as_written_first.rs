//! What is written first: a loan goes back into the pool whatever it was at, and the pool says goodbye behind the work.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

type Stream = BufReader<TcpStream>;

#[derive(Debug, Clone)]
pub struct Pool {
    server: SocketAddr,
    places: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Stream>>>,
}

#[derive(Debug)]
struct Loan {
    stream: Option<Stream>,
    pool: Pool,
    _place: OwnedSemaphorePermit,
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.pool.idle.lock().unwrap().extend(self.stream.take());
    }
}

impl Pool {
    async fn get(&self) -> io::Result<Loan> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(io::Error::other)?;
        let idle = self.idle.lock().unwrap().pop();
        let stream = match idle {
            Some(stream) => stream,
            None => BufReader::new(TcpStream::connect(self.server).await?),
        };
        Ok(Loan {
            stream: Some(stream),
            pool: self.clone(),
            _place: place,
        })
    }
}

pub async fn ask(pool: &Pool, request: &str) -> io::Result<String> {
    let mut loan = pool.get().await?;
    let stream = loan.stream.as_mut().expect("it is out");
    stream.write_all(format!("{request}\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_line(&mut answer).await?;
    Ok(answer.trim_end().to_owned())
}

pub async fn pooled<R>(
    server: SocketAddr,
    limit: u32,
    _patience: Duration,
    work: impl AsyncFnOnce(&Pool) -> io::Result<R>,
) -> io::Result<R> {
    let pool = Pool {
        server,
        places: Arc::new(Semaphore::new(limit as usize)),
        idle: Arc::default(),
    };
    let done = work(&pool).await?;
    let idle = std::mem::take(&mut *pool.idle.lock().unwrap());
    for mut stream in idle {
        stream.write_all(b"QUIT\n").await?;
    }
    Ok(done)
}
