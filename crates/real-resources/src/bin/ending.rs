//! A program of a kind that the tests name, which ends by `run_to_end`: they send it signals, and count on the far side what it leaves open.
#![cfg(unix)]

use std::convert::Infallible;
use std::env;
use std::io;
use std::net::SocketAddr;
use std::process::{ExitCode, Termination};
use std::thread;
use std::time::Duration;

use async_drop_utils::{
    AsyncDrop, AsyncDropGuard, AsyncDropTaskGroup, Ended, Stopping, run_to_end, with_async_drop,
};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinSet, spawn_blocking};

/// A connection that ends by a word and its answer.
#[derive(Debug)]
struct Link {
    requests: OwnedWriteHalf,
    answers: Lines<BufReader<OwnedReadHalf>>,
    /// Answers to come, that to a request which was cut off included.
    owed: usize,
    farewell: &'static str,
}

impl Link {
    async fn open(server: SocketAddr) -> io::Result<AsyncDropGuard<Self>> {
        Self::open_to_end_with(server, "bye").await
    }

    async fn open_to_end_with(
        server: SocketAddr,
        farewell: &'static str,
    ) -> io::Result<AsyncDropGuard<Self>> {
        let (answers, requests) = TcpStream::connect(server).await?.into_split();
        Ok(AsyncDropGuard::new_cancel_safe(Self {
            requests,
            answers: BufReader::new(answers).lines(),
            owed: 0,
            farewell,
        }))
    }

    async fn say(&mut self, word: &str) -> io::Result<()> {
        let line = format!("{word}\n");
        self.requests.write_all(line.as_bytes()).await
    }

    async fn ask(&mut self, word: &str) -> io::Result<()> {
        self.say(word).await?;
        self.owed += 1;
        let mut answer = None;
        while self.owed > 0 {
            answer = self.answers.next_line().await?;
            self.owed -= 1;
        }
        if answer.as_deref() == Some(word) {
            Ok(())
        } else {
            let words = format!("{word} is answered by {answer:?}");
            Err(io::Error::other(words))
        }
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Link {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        self.ask(self.farewell).await
    }
}

/// Answers until it is asked to stop, then finishes what it has begun.
async fn listens(server: SocketAddr, stopping: Stopping) -> io::Result<()> {
    let outer = Link::open(server).await?;
    with_async_drop!(outer, {
        let inner = Link::open(server).await?;
        with_async_drop!(inner, {
            while !stopping.is_requested() {
                inner.ask("work").await?;
                outer.ask("work").await?;
            }
            outer.ask("finish").await
        })
    })
}

/// Works for ever, and does not listen.
async fn deaf(server: SocketAddr) -> io::Result<()> {
    let outer = Link::open(server).await?;
    with_async_drop!(outer, {
        loop {
            let inner = Link::open(server).await?;
            with_async_drop!(inner, {
                inner.ask("work").await?;
                outer.ask("work").await
            })?;
        }
    })
}

/// Has tasks: some of a group, and some that are aborted when the work is dropped.
async fn tasks(server: SocketAddr) -> io::Result<()> {
    let mut aborted = JoinSet::new();
    for _ in 0..2 {
        aborted.spawn(deaf(server));
    }
    let group = AsyncDropTaskGroup::new(Link::open(server).await?);
    with_async_drop!(group, {
        for _ in 0..2 {
            group.spawn(async move |_shared| deaf(server).await);
        }
        group.join_all().await.map(drop)
    })
}

/// Comes to its end by itself, if it is let, and has a last cleanup that takes its time.
async fn finishes(server: SocketAddr) -> io::Result<()> {
    let link = Link::open_to_end_with(server, "late").await?;
    with_async_drop!(link, {
        for _ in 0..5 {
            link.ask("work").await?;
        }
        link.say("done").await
    })
}

/// Has a cleanup that never ends.
async fn hangs(server: SocketAddr) -> io::Result<()> {
    let link = Link::open_to_end_with(server, "never").await?;
    with_async_drop!(link, {
        loop {
            link.ask("work").await?;
        }
    })
}

async fn end(kind: &str, server: SocketAddr, grace_period: Duration) -> Ended<io::Result<()>> {
    let work = async |stopping| match kind {
        "listens" => listens(server, stopping).await,
        "deaf" | "blocked" => deaf(server).await,
        "awaited" => {
            block();
            deaf(server).await
        }
        "tasks" => tasks(server).await,
        "finishes" => finishes(server).await,
        "hangs" => hangs(server).await,
        _ => Err(io::Error::other("no such kind of program")),
    };
    run_to_end(grace_period, work).await
}

/// Stops on SIGTERM as one writes it without `run_to_end`, and forgets to drain.
#[tokio::main]
async fn undrained(server: SocketAddr) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = tasks(server) => ended,
        _ = terminate.recv() => Ok(()),
    }
}

/// Starts a blocking task that never ends, as a read of a silent standard input is one.
fn block() {
    spawn_blocking(|| -> Infallible {
        loop {
            thread::park();
        }
    });
}

/// Has such a task, and a runtime that does not wait for it.
fn blocked(server: SocketAddr, grace_period: Duration) -> io::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new()?;
    let ended = runtime.block_on(async {
        block();
        end("blocked", server, grace_period).await
    });
    runtime.shutdown_background();
    Ok(ended.exit_code())
}

#[tokio::main]
async fn run(kind: &str, server: SocketAddr, grace_period: Duration) -> Ended<io::Result<()>> {
    end(kind, server, grace_period).await
}

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [kind, server, milliseconds] = &arguments[..] else {
        eprintln!(
            "wanted: a kind of program, a server's address, and a grace period in milliseconds"
        );
        return ExitCode::FAILURE;
    };
    let (Ok(server), Ok(milliseconds)) = (server.parse(), milliseconds.parse()) else {
        eprintln!("{server} is no address, or {milliseconds} no number");
        return ExitCode::FAILURE;
    };
    let grace_period = Duration::from_millis(milliseconds);
    match &kind[..] {
        "blocked" => blocked(server, grace_period).report(),
        "undrained" => undrained(server).report(),
        kind => run(kind, server, grace_period).report(),
    }
}
