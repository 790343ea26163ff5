//! A driver in the manner of MongoDB's: a client that can be cloned, and cursors that the server keeps until they are killed.
//!
//! `Drop` cannot await, so a cursor that is dropped wakes a task that kills it. The task is there from the cursor's first moment on,
//! since none can be spawned while a runtime shuts down; it is lost with the runtime all the same. [`Client::shutdown`] waits for those
//! tasks, and so for all cursors to be dropped.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;

/// A line that is to be sent, and where its answer goes.
type Request = (String, oneshot::Sender<String>);

/// One connection to the server, of as many as clone it.
#[derive(Debug, Clone)]
pub struct Client {
    requests: mpsc::UnboundedSender<Request>,
    connection: AbortHandle,
    pending: TaskTracker,
}

impl Client {
    /// A client of this server, which connects in a task.
    pub fn new(server: SocketAddr) -> Self {
        let (requests, asked) = mpsc::unbounded_channel();
        let connection = tokio::spawn(async move {
            // Whoever asks hears that nobody answers.
            let _ = answer(server, asked).await;
        });
        Self {
            requests,
            connection: connection.abort_handle(),
            pending: TaskTracker::new(),
        }
    }

    /// Opens a cursor at the first row of a collection. Cut off, it is opened in a task, and killed.
    ///
    /// # Errors
    ///
    /// When the server refuses, or is no more.
    pub async fn find(&self, collection: &str) -> io::Result<Cursor> {
        let (client, request) = (self.clone(), format!("FIND {collection}"));
        let finding = self.pending.spawn(async move {
            let answer = client.ask(request).await?;
            let id = answer.strip_prefix("CURSOR ").ok_or_else(refused)?;
            Ok(client.cursor(id))
        });
        finding.await?
    }

    /// Waits until all cursors have been dropped and killed, however long, then says goodbye.
    ///
    /// # Errors
    ///
    /// When the server is no more.
    pub async fn shutdown(self) -> io::Result<()> {
        self.pending.close();
        self.pending.wait().await;
        self.ask("GOODBYE".to_owned()).await.map(drop)
    }

    /// Hangs up, and leaves the cursors to the server.
    pub fn shutdown_immediately(self) {
        self.connection.abort();
    }

    fn cursor(&self, id: &str) -> Cursor {
        let (alive, dropped) = oneshot::channel();
        let (client, kill) = (self.clone(), format!("KILL {id}"));
        self.pending.spawn(async move {
            // Nothing is ever sent: it ends as the cursor does.
            let _: Result<(), _> = dropped.await;
            let _ = client.ask(kill).await;
        });
        Cursor {
            client: self.clone(),
            next: format!("NEXT {id}"),
            _alive: alive,
        }
    }

    async fn ask(&self, request: String) -> io::Result<String> {
        let (reply, answer) = oneshot::channel();
        let is_sent = self.requests.send((request, reply));
        is_sent.map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(answer.await.map_err(|_| io::ErrorKind::BrokenPipe)?)
    }
}

/// A place in a collection, which the server keeps.
#[derive(Debug)]
pub struct Cursor {
    client: Client,
    next: String,
    _alive: oneshot::Sender<()>,
}

impl Cursor {
    /// The next row; none behind the last one.
    ///
    /// # Errors
    ///
    /// When the server refuses, or is no more.
    pub async fn next(&mut self) -> io::Result<Option<String>> {
        let answer = self.client.ask(self.next.clone()).await?;
        match answer.strip_prefix("ROW ") {
            Some(row) => Ok(Some(row.to_owned())),
            None if answer == "END" => Ok(None),
            None => Err(refused()),
        }
    }
}

/// Asks the server one request after the other, also those whose callers are gone.
async fn answer(
    server: SocketAddr,
    mut requests: mpsc::UnboundedReceiver<Request>,
) -> io::Result<()> {
    let mut stream = BufStream::new(TcpStream::connect(server).await?);
    while let Some((request, reply)) = requests.recv().await {
        stream.write_all(format!("{request}\n").as_bytes()).await?;
        stream.flush().await?;
        let mut answer = String::new();
        if stream.read_line(&mut answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let _ = reply.send(answer.trim_end().to_owned());
    }
    Ok(())
}

fn refused() -> io::Error {
    io::Error::other("the server refuses")
}
