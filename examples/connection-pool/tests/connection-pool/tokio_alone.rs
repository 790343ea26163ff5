//! What tokio does by itself.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// Long enough for what does not come.
const SHORT: Duration = Duration::from_millis(20);

#[tokio::test]
async fn a_wait_for_a_permit_that_is_cut_off_leaves_it_to_the_next() {
    let places = Semaphore::new(1);
    let out = places.acquire().await.unwrap();
    assert!(timeout(SHORT, places.acquire()).await.is_err());
    drop(out);
    assert!(timeout(SHORT, places.acquire()).await.is_ok());
}

#[tokio::test]
async fn all_permits_are_taken_in_turn_and_a_close_refuses_who_waits_behind() {
    let places = Arc::new(Semaphore::new(2));
    let out = places.acquire().await.unwrap();
    let mut all = Box::pin(places.acquire_many(2));
    assert!(futures_util::poll!(&mut all).is_pending());
    let mut late = Box::pin(places.acquire());
    assert!(futures_util::poll!(&mut late).is_pending(), "one is free");
    drop(out);
    let all = all.await.unwrap();
    places.close();
    assert!(late.await.is_err());
    drop(all);
    assert!(places.acquire().await.is_err());
}

#[tokio::test]
async fn an_open_connection_would_block_and_one_that_was_left_reads_nothing() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap());
    let stream = stream.await.unwrap();
    let (peer, _) = listener.accept().await.unwrap();
    let open = stream.try_read(&mut [0]).unwrap_err();
    assert_eq!(open.kind(), io::ErrorKind::WouldBlock);
    drop(peer);
    sleep(SHORT).await;
    assert_eq!(stream.try_read(&mut [0]).unwrap(), 0);
}
