//! A WebSocket that says goodbye with its Close frame, also when the task is cut off.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_async, client_async};

// ANCHOR: socket
/// How long a peer may take for a handshake, at either end.
const PATIENCE: Duration = Duration::from_secs(2);

/// One end of a WebSocket; unless its work is [done](Self::done), it goes away.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = Error)]
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    code: CloseCode,
}

impl Socket {
    /// Connects to a server.
    ///
    /// # Errors
    ///
    /// When that fails.
    pub async fn connect(server: SocketAddr) -> Result<AsyncDropGuard<Self>, Error> {
        Self::open(async move {
            let stream = TcpStream::connect(server).await?;
            Ok(client_async(format!("ws://{server}/"), stream).await?.0)
        })
        .await
    }

    async fn open(
        handshake: impl Future<Output = Result<WebSocketStream<TcpStream>, Error>> + Send + 'static,
    ) -> Result<AsyncDropGuard<Self>, Error> {
        AsyncDropGuard::acquire(async {
            let stream = timeout(PATIENCE, handshake).await.map_err(late)??;
            let code = CloseCode::Away;
            Ok(AsyncDropGuard::new_cancel_safe(Self { stream, code }))
        })
        .await
    }

    async fn close(&mut self) -> Result<(), Error> {
        let goodbye = async {
            let (code, reason) = (self.code, "".into());
            // Fails where either end has said it before: reading sends what is left of that.
            let _ = self.stream.close(Some(CloseFrame { code, reason })).await;
            while let Some(message) = self.stream.next().await {
                if message?.is_close() {
                    break;
                }
            }
            Ok(())
        };
        timeout(PATIENCE, goodbye).await.map_err(late)?
    }
}
// ANCHOR_END: socket

impl Socket {
    /// Accepts a client that has connected.
    ///
    /// # Errors
    ///
    /// When it wants something else.
    pub async fn accept(client: TcpStream) -> Result<AsyncDropGuard<Self>, Error> {
        Self::open(accept_async(client)).await
    }

    /// Lets it end as what has served its purpose.
    pub fn done(&mut self) {
        self.code = CloseCode::Normal;
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// When the connection is no more.
    pub async fn send(&mut self, message: String) -> Result<(), Error> {
        self.stream.send(Message::text(message)).await
    }

    /// Receives a message; none when the peer has said goodbye.
    ///
    /// # Errors
    ///
    /// When the connection is no more.
    pub async fn receive(&mut self) -> Result<Option<String>, Error> {
        while let Some(message) = self.stream.next().await {
            match message? {
                Message::Text(text) => return Ok(Some(text.to_string())),
                Message::Close(_) => break,
                _ => {}
            }
        }
        Ok(None)
    }
}

fn late(_: impl std::error::Error) -> Error {
    Error::Io(io::ErrorKind::TimedOut.into())
}

// ANCHOR: ask
/// Asks a server one question after the other.
///
/// # Errors
///
/// When the connection is no more before each is answered.
pub async fn ask(server: SocketAddr, questions: Vec<String>) -> Result<Vec<String>, Error> {
    with_async_drop!(socket = Socket::connect(server).await?, {
        let mut answers = Vec::new();
        for question in questions {
            socket.send(question).await?;
            answers.push(socket.receive().await?.ok_or(Error::ConnectionClosed)?);
        }
        socket.done();
        Ok(answers)
    })
}
// ANCHOR_END: ask

/// Answers each question of a client with its length, until the client says goodbye.
///
/// # Errors
///
/// When the connection is no more before that.
pub async fn answer(client: TcpStream) -> Result<(), Error> {
    with_async_drop!(socket = Socket::accept(client).await?, {
        while let Some(question) = socket.receive().await? {
            socket.send(question.len().to_string()).await?;
        }
        socket.done();
        Ok(())
    })
}
