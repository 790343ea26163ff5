//! The same program without the library: a client whose `Drop` hands what is left to a task, and the tasks are counted.

use std::io;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_util::codec::{Framed, LengthDelimitedCodec};
use tokio_util::task::TaskTracker;

/// The tasks that open, and those that say goodbye.
static TASKS: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Waits for the goodbyes of all clients; says whether they have ended by the deadline.
pub async fn drain(deadline: Duration) -> bool {
    TASKS.close();
    timeout(deadline, TASKS.wait()).await.is_ok()
}

/// Asks on one stream, one request at a time, and says goodbye.
#[derive(Debug)]
pub struct Client {
    link: Option<Link>, // `None`: it is being closed
}

#[derive(Debug)]
struct Link {
    stream: Framed<TcpStream, LengthDelimitedCodec>,
    owed: usize, // frames of the server that are not read
    patience: Duration,
}

impl Client {
    /// Connects, and hears the greeting. A server that is silent for as long as `patience` is given up, here and at the goodbye.
    pub async fn open(server: SocketAddr, patience: Duration) -> io::Result<Self> {
        let (opened, opening) = oneshot::channel();
        TASKS.spawn(async move {
            // When nobody waits for it any longer, the client is dropped here, and says goodbye.
            let _ = opened.send(Self::connect(server, patience).await);
        });
        opening
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::ConnectionAborted.into()))
    }

    async fn connect(server: SocketAddr, patience: Duration) -> io::Result<Self> {
        let stream = timeout(patience, TcpStream::connect(server)).await??;
        let mut client = Self {
            link: Some(Link {
                stream: Framed::new(stream, LengthDelimitedCodec::new()),
                owed: 1,
                patience,
            }),
        };
        match timeout(patience, client.link()?.settle()).await?? {
            greeting if greeting == "READY" => Ok(client),
            greeting => {
                let refused = io::Error::other(format!("greets with {greeting:?}"));
                let _ = client.close().await;
                Err(refused)
            }
        }
    }

    /// Asks, and returns the answer. May be cut off: the next call reads what is owed then.
    pub async fn ask(&mut self, request: Bytes) -> io::Result<BytesMut> {
        let link = self.link()?;
        link.settle().await?;
        link.put(request).await?;
        link.settle().await
    }

    fn link(&mut self) -> io::Result<&mut Link> {
        self.link
            .as_mut()
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Says goodbye in a task, so that a caller who is cut off here does not cut that off.
    async fn close(mut self) -> io::Result<()> {
        match self.link.take() {
            Some(link) => TASKS.spawn(link.close()).await?,
            None => Ok(()),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(link) = self.link.take() {
            TASKS.spawn(async move {
                if let Err(error) = link.close().await {
                    eprintln!("the goodbye: {error}");
                }
            });
        }
    }
}

impl Link {
    async fn put(&mut self, request: Bytes) -> io::Result<()> {
        self.stream.feed(request).await?; // cut off: nothing is in the buffer
        self.owed += 1; // no await between
        Ok(())
    }

    /// Sends what is in the buffer, reads what is owed, and returns the frame that came last.
    async fn settle(&mut self) -> io::Result<BytesMut> {
        SinkExt::<Bytes>::flush(&mut self.stream).await?;
        let mut answer = BytesMut::new();
        while self.owed > 0 {
            let frame = self.stream.next().await;
            answer = frame.ok_or(io::ErrorKind::UnexpectedEof)??;
            self.owed -= 1;
        }
        Ok(answer)
    }

    async fn close(mut self) -> io::Result<()> {
        let closed = timeout(self.patience, self.say_goodbye()).await;
        if !matches!(closed, Ok(Ok(()))) {
            self.stream.get_ref().set_zero_linger()?; // dropped, it is reset
        }
        closed?
    }

    async fn say_goodbye(&mut self) -> io::Result<()> {
        self.put(Bytes::from_static(b"QUIT")).await?;
        SinkExt::<Bytes>::close(&mut self.stream).await?; // flushes, says FIN
        self.settle().await?;
        match self.stream.next().await {
            None => Ok(()), // so does the server
            Some(frame) => Err(io::Error::other(format!("{:?} behind the goodbye", frame?))),
        }
    }
}

/// Lends a client to `work`, and says goodbye when that has ended, has failed or is cut off.
pub async fn talk<R>(
    server: SocketAddr,
    patience: Duration,
    work: impl AsyncFnOnce(&mut Client) -> io::Result<R>,
) -> io::Result<R> {
    let mut client = Client::open(server, patience).await?;
    let worked = work(&mut client).await;
    let closed = client.close().await;
    match (worked, closed) {
        (Ok(value), Ok(())) => Ok(value),
        (Ok(_), Err(error)) => Err(error),
        (Err(error), closed) => {
            if let Err(error) = closed {
                eprintln!("the goodbye: {error}");
            }
            Err(error)
        }
    }
}
