// A client `Consumer` of a broker that grants before it replies, of which some requests are cut off.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use async_drop_utils::testing::{Entry, Ledger, fallible};
use async_drop_utils::*;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

block!();

// Serves one client. A subscription that is left, an end of one that was never granted, and a request before the answer to the one before
// stay open in the books.
async fn serve(listener: TcpListener) -> io::Result<()> {
    let (stream, _) = listener.accept().await?;
    let mut requests = BufReader::new(stream).lines();
    let mut granted: HashMap<String, Entry> = HashMap::new();
    loop {
        // Whenever all wait for the network, the paused clock jumps to the next moment that somebody waits for: here is one that is near.
        let Ok(line) = timeout(Duration::from_millis(1), requests.next_line()).await else {
            continue;
        };
        let Some(request) = line? else { return Ok(()) };
        let is_granted = match request.split_once(' ') {
            Some(("SUB", topic))
                if !["taken", "garbled"].contains(&topic) && fallible("grant").await.is_ok() =>
            {
                let subscription = Ledger::current().open("subscription");
                granted.insert(topic.to_owned(), subscription);
                true
            }
            Some(("UNSUB", topic)) => {
                match granted.remove(topic) {
                    Some(subscription) => subscription.close(),
                    None => drop(Ledger::current().open("end of nothing")),
                }
                true
            }
            _ => false,
        };
        sleep(Duration::from_millis(20)).await;
        let next = timeout(Duration::from_millis(1), requests.get_mut().fill_buf()).await;
        if next.is_ok_and(|next| next.is_ok_and(|bytes| !bytes.is_empty())) {
            drop(Ledger::current().open("request before the answer"));
        }
        let answer: &[u8] = match is_granted {
            true => b"OK\n",
            false if request == "SUB garbled" => b"\xff\n",
            false => b"ERR\n",
        };
        requests.get_mut().write_all(answer).await?;
    }
}

async fn scenario() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;
    let _serving = tokio::spawn(serve(listener));
    let topics = ["orders", "refunds"].map(str::to_owned).to_vec();
    // It borrows nothing, so that `acquire` takes it.
    let opening: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(Consumer::open(server, topics));
    with_async_drop!(consumer = opening.await?, {
        for topic in ["slow", "taken"] {
            let asked = consumer.ask(format!("SUB {topic}"));
            let answered = timeout(Duration::from_millis(10), asked).await;
            assert!(answered.is_err(), "{topic} is cut off");
        }
        if consumer.ask("SUB next".to_owned()).await.is_ok() {
            for refused in ["garbled", "taken"] {
                let asked = consumer.ask(format!("SUB {refused}"));
                assert!(asked.await.is_err(), "{refused} is granted");
            }
        }
        Ok(())
    })
}
