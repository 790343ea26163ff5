//! The programs under test.

pub use recipe_trial::one_at_a_time;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use async_drop_utils::drain;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error;

use crate::{as_written_first, by_hand};

pub type Running<R> = Pin<Box<dyn Future<Output = R> + Send>>;

type Answers = Result<Vec<String>, Error>;

/// One of them.
pub struct Program {
    pub name: &'static str,
    pub ask: fn(SocketAddr, Vec<String>) -> Running<Answers>,
    pub answer: fn(TcpStream) -> Running<Result<(), Error>>,
    /// Connects, sends this and closes, both cut off after a while.
    pub close_cut_off: fn(SocketAddr, String, Duration) -> Running<()>,
    /// Waits for what it does behind its caller, and says whether all has ended.
    pub drained: fn(Duration) -> Running<bool>,
}

pub static RECIPE: Program = Program {
    name: "recipe",
    ask: |server, questions| Box::pin(recipe_websocket::ask(server, questions)),
    answer: |client| Box::pin(recipe_websocket::answer(client)),
    close_cut_off: |server, message, after| {
        Box::pin(async move {
            let mut socket = recipe_websocket::Socket::connect(server)
                .await
                .expect("a server");
            let sent = timeout(after, socket.send(message)).await;
            sent.expect_err("it is cut off");
            let closed = timeout(after, socket.async_drop()).await;
            closed.expect_err("it is cut off");
        })
    },
    drained: |deadline| {
        Box::pin(async move {
            let report = drain(deadline).await;
            report.still_running.is_empty() && report.still_armed.is_empty()
        })
    },
};

pub static BY_HAND: Program = Program {
    name: "by hand",
    ask: |server, questions| Box::pin(by_hand::ask(server, questions)),
    answer: |client| Box::pin(by_hand::answer(client)),
    close_cut_off: |server, message, after| {
        Box::pin(async move {
            let mut socket = by_hand::Socket::connect(server).await.expect("a server");
            let sent = timeout(after, socket.send(message)).await;
            sent.expect_err("it is cut off");
            let closed = timeout(after, socket.close()).await;
            closed.expect_err("it is cut off");
        })
    },
    drained: |deadline| Box::pin(by_hand::drained(deadline)),
};

pub static AS_WRITTEN_FIRST: Program = Program {
    name: "as written first",
    ask: |server, questions| Box::pin(as_written_first::ask(server, questions)),
    answer: |client| Box::pin(as_written_first::answer(client)),
    close_cut_off: |_, _, _| Box::pin(async {}),
    drained: |_| Box::pin(async { true }),
};
