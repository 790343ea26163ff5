//! A client of a TCP protocol: the server greets, answers each request, and hears a goodbye; both ends say FIN.
//!
//! A request that is cut off never leaves its answer to the next one, and a server that stops reading is left behind in time.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::codec::{Framed, LengthDelimitedCodec};

// ANCHOR: open
/// Asks on one stream, one request at a time, and says goodbye.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = io::Error)]
pub struct Client {
    stream: Framed<TcpStream, LengthDelimitedCodec>,
    owed: usize, // frames of the server that are not read
    has_quit: bool,
    patience: Duration,
}

impl Client {
    /// Connects, and hears the greeting. A server that is silent for `patience` is given up, here and at the goodbye.
    ///
    /// # Errors
    ///
    /// What the network says, or a greeting that is not `READY`.
    pub async fn open(server: SocketAddr, patience: Duration) -> io::Result<AsyncDropGuard<Self>> {
        AsyncDropGuard::acquire(async move {
            let stream = timeout(patience, TcpStream::connect(server)).await??;
            let stream = Framed::new(stream, LengthDelimitedCodec::new());
            let client = Self {
                stream,
                owed: 1,
                has_quit: false,
                patience,
            };
            AsyncDropGuard::init(client, async |client| {
                match timeout(patience, client.settle()).await?? {
                    greeting if greeting == "READY" => Ok(()),
                    greeting => Err(io::Error::other(format!("greets with {greeting:?}"))),
                }
            })
            .await
        })
        .await
    }
    // ANCHOR_END: open

    /// Asks, and returns the answer. May be cut off: the next call reads what is owed then.
    ///
    /// # Errors
    ///
    /// What the network says.
    // ANCHOR: ask
    pub async fn ask(&mut self, request: Bytes) -> io::Result<BytesMut> {
        self.settle().await?;
        self.put(request).await?;
        self.settle().await
    }

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
    // ANCHOR_END: ask

    // ANCHOR: close
    async fn close(&mut self) -> io::Result<()> {
        let closed = timeout(self.patience, self.say_goodbye()).await;
        if !matches!(closed, Ok(Ok(()))) {
            self.stream.get_ref().set_zero_linger()?; // dropped, it is reset
        }
        closed?
    }

    async fn say_goodbye(&mut self) -> io::Result<()> {
        if !self.has_quit {
            self.put(Bytes::from_static(b"QUIT")).await?;
            self.has_quit = true;
        }
        SinkExt::<Bytes>::close(&mut self.stream).await?; // flushes, says FIN
        self.settle().await?;
        match self.stream.next().await {
            None => Ok(()), // so does the server
            Some(frame) => Err(io::Error::other(format!("{:?} behind the goodbye", frame?))),
        }
    }
    // ANCHOR_END: close
}

/// Lends a client to `work`, and says goodbye when that has ended, has failed or is cut off.
///
/// # Errors
///
/// Those of the work, or of [`Client::open`] and the goodbye.
pub async fn talk<R>(
    server: SocketAddr,
    patience: Duration,
    work: impl AsyncFnOnce(&mut Client) -> io::Result<R>,
) -> io::Result<R> {
    with_async_drop!(client = Client::open(server, patience).await?, {
        work(&mut client).await
    })
}
