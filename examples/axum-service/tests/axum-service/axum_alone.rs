//! What axum does by itself.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use hyper::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

use crate::far_side::Client;

const PATIENCE: Duration = Duration::from_secs(20);

/// Serves a handler that says when it has begun, and ends when it may.
async fn serve() -> (
    tokio::task::JoinHandle<()>,
    Client,
    Arc<Notify>,
    Arc<Semaphore>,
) {
    let (has_begun, may_end) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    let (begins, ends) = (Arc::clone(&has_begun), Arc::clone(&may_end));
    let handler = async move || {
        begins.notify_one();
        let _permit = ends.acquire().await.expect("it stays open");
        StatusCode::OK
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let service = Router::new().route("/jobs/1", post(handler));
    let serving = tokio::spawn(async move {
        axum::serve(listener, service).await.expect("it serves");
    });
    let client = Client::connect(address).await.expect("a service");
    (serving, client, has_begun, may_end)
}

#[tokio::test]
async fn handlers_go_on_when_serve_is_dropped() {
    let (serving, mut client, has_begun, may_end) = serve().await;
    let answer = tokio::spawn(async move { client.run(1).await });
    has_begun.notified().await;
    serving.abort();
    assert!(serving.await.is_err(), "it is dropped");
    may_end.add_permits(1);
    let answer = answer.await.expect("no panic").expect("an answer");
    assert_eq!(answer, StatusCode::OK);
}

#[tokio::test]
async fn handler_of_a_client_that_hangs_up_is_dropped() {
    let (_serving, mut client, has_begun, may_end) = serve().await;
    let asking = tokio::spawn(async move { client.run(1).await });
    has_begun.notified().await;
    assert!(Arc::strong_count(&may_end) > 2, "the handler has it, too");
    asking.abort();
    let dropped = async {
        while Arc::strong_count(&may_end) > 2 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, dropped).await.expect("it is dropped");
}
