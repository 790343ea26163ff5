//! What Tokio's reading and writing keep when they are cut off: pattern "Ask on one stream" takes those that keep their place.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

/// Runs a scenario on each flavour of Tokio's runtime, with the two ends of a connection.
fn on_both_flavours(scenario: impl AsyncFn(TcpStream, TcpStream)) {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let runtime = builder.enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let here = TcpStream::connect(listener.local_addr().unwrap());
            let (here, there) = tokio::join!(here, listener.accept());
            scenario(here.unwrap(), there.unwrap().0).await;
        });
    }
}

/// Drops a future at its first await that waits, which there has to be.
async fn cut_off<F: Future>(future: F) {
    let mut future = pin!(future);
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending(), "it waits");
        Poll::Ready(())
    })
    .await;
}

/// Sends half of a line that is there to be read, and lets it be read in vain.
async fn in_halves(there: &mut TcpStream, here: &TcpStream) {
    there.write_all(b"half a ").await.unwrap();
    here.readable().await.unwrap();
}

#[test]
fn next_line_keeps_the_half_that_it_has_read() {
    on_both_flavours(async |here, mut there| {
        in_halves(&mut there, &here).await;
        let mut lines = BufReader::new(here).lines();
        cut_off(lines.next_line()).await;
        there.write_all(b"line\n").await.unwrap();
        let line = lines.next_line().await.unwrap();
        assert_eq!(line.as_deref(), Some("half a line"));
    });
}

#[test]
fn read_line_loses_the_half_that_it_has_read() {
    on_both_flavours(async |here, mut there| {
        in_halves(&mut there, &here).await;
        let mut reader = BufReader::new(here);
        let mut line = String::new();
        cut_off(reader.read_line(&mut line)).await;
        there.write_all(b"line\n").await.unwrap();
        reader.read_line(&mut line).await.unwrap();
        assert_eq!(line, "line\n");
    });
}

/// More than a connection takes before somebody reads, each byte unlike its neighbours.
fn much() -> Vec<u8> {
    (0..16_000_000_u32)
        .map(|index| (index % 251) as u8)
        .collect()
}

/// Reads to the end what the other end sends on.
async fn received(mut there: TcpStream, rest: impl Future<Output = ()>) -> Vec<u8> {
    let mut all = Vec::new();
    let (read, ()) = tokio::join!(there.read_to_end(&mut all), rest);
    read.unwrap();
    all
}

#[test]
fn write_all_buf_goes_on_where_it_was_cut_off() {
    on_both_flavours(async |mut here, there| {
        let mut unsent = VecDeque::from(much());
        cut_off(here.write_all_buf(&mut unsent)).await;
        assert!(unsent.len() < much().len(), "some of it is out");
        let rest = async {
            here.write_all_buf(&mut unsent).await.unwrap();
            drop(here);
        };
        assert!(received(there, rest).await == much());
    });
}

#[test]
fn write_all_begins_again_after_what_is_out() {
    on_both_flavours(async |mut here, there| {
        let all = much();
        cut_off(here.write_all(&all)).await;
        let rest = async {
            here.write_all(&all).await.unwrap();
            drop(here);
        };
        assert!(received(there, rest).await.len() > all.len());
    });
}
