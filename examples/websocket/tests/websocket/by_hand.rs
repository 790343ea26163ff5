//! The same by hand, with what Tokio and tokio-util have: a `Drop` that sends a task, which a tracker waits for.

use std::io;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_async, client_async};
use tokio_util::task::TaskTracker;

/// How long a peer may take for a handshake, at either end.
const PATIENCE: Duration = Duration::from_secs(2);

/// The tasks that open and close.
static TASKS: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Waits for all goodbyes, and says whether they have been said.
pub async fn drained(deadline: Duration) -> bool {
    TASKS.close();
    let drained = timeout(deadline, TASKS.wait()).await.is_ok();
    TASKS.reopen();
    drained
}

/// One end of a WebSocket; unless its work is [done](Self::done), it goes away.
pub struct Socket {
    /// None once it is closed.
    stream: Option<WebSocketStream<TcpStream>>,
    code: CloseCode,
}

impl Socket {
    /// Connects to a server.
    pub async fn connect(server: SocketAddr) -> Result<Self, Error> {
        Self::open(async move {
            let stream = TcpStream::connect(server).await?;
            Ok(client_async(format!("ws://{server}/"), stream).await?.0)
        })
        .await
    }

    /// Accepts a client that has connected.
    pub async fn accept(client: TcpStream) -> Result<Self, Error> {
        Self::open(accept_async(client)).await
    }

    /// In a task, which goes on when its caller is cut off, and then drops what it has opened.
    async fn open(
        handshake: impl Future<Output = Result<WebSocketStream<TcpStream>, Error>> + Send + 'static,
    ) -> Result<Self, Error> {
        let opening = TASKS.spawn(async {
            let stream = timeout(PATIENCE, handshake).await.map_err(late)??;
            let code = CloseCode::Away;
            let stream = Some(stream);
            Ok(Self { stream, code })
        });
        opening.await.map_err(io::Error::other)?
    }

    /// Lets it end as what has served its purpose.
    pub fn done(&mut self) {
        self.code = CloseCode::Normal;
    }

    /// Sends a message.
    pub async fn send(&mut self, message: String) -> Result<(), Error> {
        let stream = self.stream.as_mut().ok_or(Error::AlreadyClosed)?;
        stream.send(Message::text(message)).await
    }

    /// Receives a message; none when the peer has said goodbye.
    pub async fn receive(&mut self) -> Result<Option<String>, Error> {
        let stream = self.stream.as_mut().ok_or(Error::AlreadyClosed)?;
        while let Some(message) = stream.next().await {
            match message? {
                Message::Text(text) => return Ok(Some(text.to_string())),
                Message::Close(_) => break,
                _ => {}
            }
        }
        Ok(None)
    }

    /// Says goodbye; cut off, a task does.
    pub async fn close(mut self) -> Result<(), Error> {
        let Some(stream) = &mut self.stream else {
            return Ok(());
        };
        let closed = close(stream, self.code).await;
        self.stream = None;
        closed
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Some(mut stream) = self.stream.take() {
            let code = self.code;
            TASKS.spawn(async move {
                if let Err(error) = close(&mut stream, code).await {
                    eprintln!("a WebSocket does not close: {error}");
                }
            });
        }
    }
}

async fn close(stream: &mut WebSocketStream<TcpStream>, code: CloseCode) -> Result<(), Error> {
    let goodbye = async {
        let reason = "".into();
        // Fails where either end has said it before: reading sends what is left of that.
        let _ = stream.close(Some(CloseFrame { code, reason })).await;
        while let Some(message) = stream.next().await {
            if message?.is_close() {
                break;
            }
        }
        Ok(())
    };
    timeout(PATIENCE, goodbye).await.map_err(late)?
}

fn late(_: impl std::error::Error) -> Error {
    Error::Io(io::ErrorKind::TimedOut.into())
}

/// Asks a server one question after the other.
pub async fn ask(server: SocketAddr, questions: Vec<String>) -> Result<Vec<String>, Error> {
    let mut socket = Socket::connect(server).await?;
    let asked = async {
        let mut answers = Vec::new();
        for question in questions {
            socket.send(question).await?;
            answers.push(socket.receive().await?.ok_or(Error::ConnectionClosed)?);
        }
        socket.done();
        Ok(answers)
    }
    .await;
    end(socket, asked).await
}

/// Answers each question of a client with its length, until the client says goodbye.
pub async fn answer(client: TcpStream) -> Result<(), Error> {
    let mut socket = Socket::accept(client).await?;
    let answered = async {
        while let Some(question) = socket.receive().await? {
            socket.send(question.len().to_string()).await?;
        }
        socket.done();
        Ok(())
    }
    .await;
    end(socket, answered).await
}

/// Closes behind the work, whose error counts more.
async fn end<R>(socket: Socket, worked: Result<R, Error>) -> Result<R, Error> {
    match (worked, socket.close().await) {
        (Ok(result), Ok(())) => Ok(result),
        (Ok(_), Err(error)) => Err(error),
        (Err(cause), Ok(())) => Err(cause),
        (Err(cause), Err(error)) => {
            eprintln!("a WebSocket does not close: {error}");
            Err(cause)
        }
    }
}
