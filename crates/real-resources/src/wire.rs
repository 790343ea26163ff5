//! A connection's stream of requests and answers.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Mutex;

/// A stream that several values use, one request at a time.
pub type SharedWire = Arc<Mutex<Wire>>;

/// Asks for something by its verb and name, over a stream that others use, too.
///
/// # Errors
///
/// As [`Wire::ask`], which also says what is left when this is cut off.
pub async fn ask(wire: &SharedWire, verb: &str, name: &str) -> io::Result<()> {
    let request = format!("{verb} {name}");
    wire.lock().await.ask(&request).await.map(drop)
}

/// Asks line by line, and keeps count of the answers that are due, so that a request that is cut off does no harm to the next one.
#[derive(Debug)]
pub struct Wire {
    requests: OwnedWriteHalf,
    answers: Lines<BufReader<OwnedReadHalf>>,
    unsent: VecDeque<u8>,
    due: usize,
}

impl Wire {
    /// Connects. Cut off, nothing has been asked for.
    ///
    /// # Errors
    ///
    /// Whatever the network has to say.
    pub async fn connect(server: SocketAddr) -> io::Result<Self> {
        let (answers, requests) = TcpStream::connect(server).await?.into_split();
        let answers = BufReader::new(answers).lines();
        Ok(Self {
            requests,
            answers,
            unsent: VecDeque::new(),
            due: 0,
        })
    }

    /// The stream for several values.
    pub fn shared(self) -> SharedWire {
        Arc::new(Mutex::new(self))
    }

    /// Sends a request and awaits its answer. Cut off, the rest is made up for before the next request: what was asked for will be sent, and its answer
    /// be read and thrown away.
    ///
    /// # Errors
    ///
    /// The server's refusal, or whatever the network has to say.
    pub async fn ask(&mut self, request: &str) -> io::Result<String> {
        self.unsent.extend(request.bytes());
        self.unsent.push_back(b'\n');
        self.due += 1;
        self.requests.write_all_buf(&mut self.unsent).await?;
        let mut answer = String::new();
        while self.due > 0 {
            let line = self.answers.next_line().await?;
            answer = line.ok_or(io::ErrorKind::UnexpectedEof)?;
            self.due -= 1;
        }
        if answer.starts_with("ERR") {
            return Err(io::Error::other(answer));
        }
        Ok(answer)
    }
}
