//! The server that the programs connect to.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What the server has seen of one program.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Connections that were used.
    pub opened: usize,
    /// Connections that broke off without taking their leave.
    pub cut: usize,
    /// Something was begun in answer to the request to stop, and has come to its end.
    pub is_finished: bool,
    /// The body of the work has come to its end.
    pub is_done: bool,
    /// Somebody waits for an answer that never comes.
    is_kept_waiting: bool,
    is_over: bool,
}

/// Answers each word with the same, some late, one never, until the program is gone.
pub struct FarSide {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    first: Receiver<()>,
    accepting: JoinHandle<Vec<JoinHandle<()>>>,
}

impl FarSide {
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let seen = Arc::<Mutex<Seen>>::default();
        let (sender, first) = channel();
        let books = Arc::clone(&seen);
        let accepting = thread::spawn(move || accept(&listener, &books, &sender));
        Ok(Self {
            address,
            seen,
            first,
            accepting,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the first connection.
    pub fn wait_for_first(&self) {
        let waited = self.first.recv_timeout(Duration::from_secs(30));
        waited.expect("the program connects");
    }

    /// Waits until somebody waits for ever.
    pub fn wait_until_it_hangs(&self) {
        let patience = Instant::now() + Duration::from_secs(30);
        while !lock(&self.seen).is_kept_waiting {
            assert!(Instant::now() < patience, "the program does not hang");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Says what has been seen, once the program is gone.
    pub fn finish(self) -> Seen {
        // In the order of the backlog: once this one is attended to, all of the program's are accepted.
        let mut end = TcpStream::connect(self.address).expect("the server accepts");
        end.write_all(b"end\n").expect("a word is sent");
        end.read_to_end(&mut Vec::new()).expect("the server closes");
        TcpStream::connect(self.address).expect("the server accepts");
        for connection in self.accepting.join().expect("no panic") {
            connection.join().expect("no panic");
        }
        *lock(&self.seen)
    }
}

fn accept(
    listener: &TcpListener,
    seen: &Arc<Mutex<Seen>>,
    first: &Sender<()>,
) -> Vec<JoinHandle<()>> {
    let mut connections = Vec::new();
    for accepted in listener.incoming() {
        let Ok(stream) = accepted else { break };
        if lock(seen).is_over {
            break;
        }
        // Whoever waits for the first hears of the others, and may be gone.
        let _ = first.send(());
        let seen = Arc::clone(seen);
        connections.push(thread::spawn(move || attend(stream, &seen)));
    }
    connections
}

fn attend(stream: TcpStream, seen: &Mutex<Seen>) {
    let mut words = BufReader::new(stream);
    let (mut has_spoken, mut has_taken_leave) = (false, false);
    loop {
        let mut word = String::new();
        // A process that is gone may have left unread answers, which is an error here.
        let _ = words.read_line(&mut word);
        match word.trim_end() {
            "" => break,
            "end" => return lock(seen).is_over = true,
            "finish" => lock(seen).is_finished = true,
            "done" => lock(seen).is_done = true,
            "never" => lock(seen).is_kept_waiting = true,
            "late" => thread::sleep(Duration::from_millis(40)),
            _ => thread::sleep(Duration::from_millis(1)),
        }
        has_spoken = true;
        has_taken_leave |= matches!(word.trim_end(), "bye" | "late");
        let is_answered = !matches!(word.trim_end(), "never" | "done");
        if is_answered && words.get_mut().write_all(word.as_bytes()).is_err() {
            break;
        }
    }
    let mut seen = lock(seen);
    // One that was cut off while it connected has never been in use.
    seen.opened += usize::from(has_spoken);
    seen.cut += usize::from(has_spoken && !has_taken_leave);
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
