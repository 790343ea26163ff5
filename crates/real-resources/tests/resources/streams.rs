//! A request that is cut off on a stream, whose answer the next one takes for its own.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use async_drop_real_resources::{Trial, Wire, World};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use async_trait::async_trait;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Sends a line and takes the next one for its answer.
#[derive(Debug)]
struct Session {
    stream: BufReader<TcpStream>,
    /// A request is on its way, or was when its caller was cut off.
    is_asking: bool,
}

impl Session {
    async fn open(server: SocketAddr) -> io::Result<AsyncDropGuard<Self>> {
        let stream = BufReader::new(TcpStream::connect(server).await?);
        Ok(AsyncDropGuard::new_cancel_safe(Self {
            stream,
            is_asking: false,
        }))
    }

    /// Asks unless an answer to somebody else is due.
    async fn ask(&mut self, request: &str) -> io::Result<String> {
        if self.is_asking {
            return Err(io::Error::other("an answer to somebody else is due"));
        }
        self.is_asking = true;
        let answer = self.ask_whatever_is_due(request).await?;
        self.is_asking = false;
        Ok(answer)
    }

    async fn ask_whatever_is_due(&mut self, request: &str) -> io::Result<String> {
        self.stream
            .write_all(format!("{request}\n").as_bytes())
            .await?;
        let mut answer = String::new();
        self.stream.read_line(&mut answer).await?;
        Ok(answer.trim_end().to_owned())
    }
}

#[async_trait]
impl AsyncDrop for Session {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        if !self.is_asking {
            self.ask("QUIT").await?;
        }
        self.stream.shutdown().await
    }
}

/// Holds an answer against its question.
fn compare(world: &World, question: &str, answer: &str) {
    if answer != format!("OK {question}") {
        world
            .seen
            .tell(format!("{question} is answered with {answer}"));
    }
}

#[test]
fn a_session_that_was_cut_off_is_closed_and_the_next_one_opened() {
    Trial::new("marked as broken").never_leaks(|mut world: World| async move {
        let mut questions = (0..6).map(|number| format!("ECHO {number}"));
        let mut is_done = false;
        while !is_done {
            let session = Session::open(world.server).await?;
            with_async_drop!(session, {
                for question in questions.by_ref() {
                    let limit = world.chance.time(Duration::from_millis(4));
                    match timeout(limit, session.ask(&question)).await {
                        Ok(answer) => compare(&world, &question, &answer?),
                        Err(_) => return Ok(()), // on the next session
                    }
                }
                is_done = true;
                Ok::<_, io::Error>(())
            })?;
        }
        Ok(())
    });
}

#[test]
fn a_stream_that_knows_what_is_due_reads_it_before_the_next_answer() {
    Trial::new("answers counted").never_leaks(|mut world: World| async move {
        let mut wire = Wire::connect(world.server).await?;
        for number in 0..6 {
            let question = format!("ECHO {number}");
            let limit = world.chance.time(Duration::from_millis(4));
            if let Ok(answer) = timeout(limit, wire.ask(&question)).await {
                compare(&world, &question, &answer?);
            }
        }
        Ok(())
    });
}

#[test]
fn a_session_that_goes_on_takes_the_answer_of_who_was_cut_off() {
    Trial::new("gone on with").leaks(|mut world: World| async move {
        let session = Session::open(world.server).await?;
        with_async_drop!(session, {
            for number in 0..6 {
                let question = format!("ECHO {number}");
                let limit = world.chance.time(Duration::from_millis(4));
                if let Ok(answer) = timeout(limit, session.ask_whatever_is_due(&question)).await {
                    compare(&world, &question, &answer?);
                }
            }
            Ok(())
        })
    });
}
