//! Pattern "Ask on one stream": requests that are cut off half sent or unanswered, on a stream on which the server grants.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use async_drop_real_resources::{Trial, World};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// So much that a stream does not take it at once.
const MANY: usize = 1 << 20;

/// A stream that takes little at once.
async fn connect(world: &World) -> io::Result<BufReader<TcpStream>> {
    let socket = TcpSocket::new_v4()?;
    socket.set_send_buffer_size(4096)?;
    Ok(BufReader::new(socket.connect(world.server).await?))
}

/// Asks through a buffer, and notes what is owed and what was granted.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = io::Error)]
struct Counting {
    stream: BufReader<TcpStream>,
    unsent: VecDeque<u8>,
    owed: VecDeque<String>,
    read: Vec<u8>,
    names: Vec<String>,
}

impl Counting {
    async fn open(world: &World, names: &[String]) -> io::Result<AsyncDropGuard<Self>> {
        let stream = connect(world).await?;
        let (unsent, owed, read, granted) = Default::default();
        let client = Self {
            stream,
            unsent,
            owed,
            read,
            names: granted,
        };
        AsyncDropGuard::init(client, async |client| {
            for name in names {
                client.ask(format!("REGISTER {name}")).await?;
            }
            Ok(())
        })
        .await
    }

    async fn ask(&mut self, request: String) -> io::Result<String> {
        self.settle().await?;
        self.put(request);
        let answer = self.settle().await?;
        if answer.starts_with("OK") {
            Ok(answer)
        } else {
            Err(io::Error::other(answer))
        }
    }

    fn put(&mut self, request: String) {
        self.unsent.extend(format!("{request}\n").bytes());
        self.owed.push_back(request);
    }

    async fn settle(&mut self) -> io::Result<String> {
        self.stream.write_all_buf(&mut self.unsent).await?;
        let mut answer = String::new();
        while !self.owed.is_empty() {
            self.stream.read_until(b'\n', &mut self.read).await?;
            let line = self.read.strip_suffix(b"\n");
            let line = line.ok_or(io::ErrorKind::UnexpectedEof)?;
            answer = String::from_utf8_lossy(line).into_owned();
            self.read.clear();
            let request = self.owed.pop_front().unwrap_or_default();
            if answer.starts_with("OK")
                && let Some(name) = request.strip_prefix("REGISTER ")
            {
                self.names.push(name.to_owned());
            }
        }
        Ok(answer)
    }

    async fn close(&mut self) -> io::Result<()> {
        self.settle().await?;
        while let Some(name) = self.names.pop() {
            self.put(format!("WITHDRAW {name}"));
            self.settle().await?;
        }
        Ok(())
    }
}

/// Notes what it asks for, and asks whatever has become of the request before.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = io::Error)]
struct Noting {
    stream: Lines<BufReader<TcpStream>>,
    names: Vec<String>,
}

impl Noting {
    async fn open(world: &World, names: &[String]) -> io::Result<AsyncDropGuard<Self>> {
        let stream = connect(world).await?.lines();
        let noted = Vec::new();
        let client = Self {
            stream,
            names: noted,
        };
        AsyncDropGuard::init(client, async |client| {
            for name in names {
                client.names.push(name.to_owned());
                client.ask(format!("REGISTER {name}")).await?;
            }
            Ok(())
        })
        .await
    }

    async fn ask(&mut self, request: String) -> io::Result<String> {
        let request = format!("{request}\n");
        self.stream.get_mut().write_all(request.as_bytes()).await?;
        let answer = self.stream.next_line().await?;
        Ok(answer.ok_or(io::ErrorKind::UnexpectedEof)?)
    }

    async fn close(&mut self) -> io::Result<()> {
        while let Some(name) = self.names.last() {
            self.ask(format!("WITHDRAW {name}")).await?;
            self.names.pop();
        }
        Ok(())
    }
}

/// Three names, of which the server may refuse some.
fn names(world: &World) -> [String; 3] {
    ["first", "second", "third"].map(|name| format!("{}-{name}", world.mark))
}

/// A question of random length.
fn question(world: &mut World, number: usize) -> String {
    let length = if world.chance.once_in(3) { MANY } else { 8 };
    format!("ECHO {number}{}", "x".repeat(world.chance.below(length)))
}

/// Holds an answer against its question, of which the first words say enough.
fn compare(world: &World, question: &str, answer: &str) {
    if answer.strip_prefix("OK ") != Some(question) {
        let [question, answer] = [question, answer].map(|words| words.get(..12).unwrap_or(words));
        let seen = format!("{question} is answered with {answer}");
        world.seen.tell(seen);
    }
}

fn trial(name: &'static str) -> Trial {
    Trial::new(name).cut_off_within(Duration::from_millis(40))
}

#[test]
fn a_client_that_notes_what_is_owed_withdraws_what_was_granted() {
    trial("noted").never_leaks(|mut world: World| async move {
        with_async_drop!(client = Counting::open(&world, &names(&world)).await?, {
            for number in 0..6 {
                let question = question(&mut world, number);
                let limit = world.chance.time(Duration::from_millis(8));
                if let Ok(answer) = timeout(limit, client.ask(question.clone())).await {
                    compare(&world, &question, &answer?);
                }
            }
            Ok(())
        })
    });
}

#[test]
fn a_client_that_goes_on_withdraws_in_the_middle_of_what_was_cut_off() {
    trial("gone on with").leaks(|mut world: World| async move {
        with_async_drop!(client = Noting::open(&world, &names(&world)).await?, {
            for number in 0..6 {
                let question = question(&mut world, number);
                let limit = world.chance.time(Duration::from_millis(8));
                if let Ok(answer) = timeout(limit, client.ask(question)).await {
                    answer?;
                }
            }
            Ok(())
        })
    });
}
