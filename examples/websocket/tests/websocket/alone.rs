//! What tokio-tungstenite and axum do by themselves.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use async_drop_utils::{Stopping, closing, run_until, with_async_drop};
use axum::Router;
use axum::extract::ws::{CloseFrame, Message as Answer, WebSocket, WebSocketUpgrade, close_code};
use axum::routing::any;
use futures_util::StreamExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::far_side::{End, client};
use crate::program::{AS_WRITTEN_FIRST, one_at_a_time};
use crate::single::{that_reads_late, with_a_server};

#[test]
fn close_does_not_wait_for_the_peer() {
    with_a_server(that_reads_late(), async |server| {
        let asked = (AS_WRITTEN_FIRST.ask)(server.address, Vec::new()).await;
        asked.expect("it closes");
        assert_eq!(server.goodbyes(), 0, "it reads later");
        assert_eq!(server.ends().await, [End::Said(Some(CloseCode::Normal))]);
    });
}

#[tokio::test]
async fn close_behind_the_close_of_the_peer_fails_and_the_peer_is_not_answered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let far_side = tokio::spawn(client(address, 1, 3));
    let (stream, _) = listener.accept().await.expect("a client");
    let answered = (AS_WRITTEN_FIRST.answer)(stream).await;
    let is_refused = matches!(
        answered,
        Err(Error::Protocol(ProtocolError::SendAfterClosing))
    );
    assert!(is_refused, "{answered:?}");
    let end = far_side.await.expect("no panic");
    assert!(matches!(end, Some(End::Broken(_))), "{end:?}");
}

#[tokio::test]
async fn graceful_shutdown_of_axum_does_not_wait_for_open_sockets() {
    let (stop, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (stopped, goes_on) = (Arc::clone(&stop), Arc::clone(&go_on));
    let attend = async move |mut socket: WebSocket| {
        goes_on.notified().await;
        let _ = socket.send(Answer::text("still here")).await;
    };
    let upgrade = async move |upgrade: WebSocketUpgrade| upgrade.on_upgrade(attend);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let service = Router::new().route("/", any(upgrade));
    let serving = axum::serve(listener, service)
        .with_graceful_shutdown(async move { stopped.notified().await });
    let serving = tokio::spawn(serving.into_future());
    let stream = TcpStream::connect(address).await.expect("a server");
    let (mut socket, _) = client_async(format!("ws://{address}/"), stream)
        .await
        .expect("a server");
    stop.notify_one();
    let served = timeout(Duration::from_secs(20), serving).await;
    served
        .expect("it ends")
        .expect("no panic")
        .expect("it serves");
    go_on.notify_one();
    let said = socket.next().await.expect("a message").expect("a message");
    assert_eq!(said.to_string(), "still here");
}

/// A handler of axum that says goodbye when it is asked to stop.
async fn attend(socket: WebSocket, stopping: Stopping) -> Result<(), axum::Error> {
    let goodbye = async |mut socket: WebSocket| {
        let (code, reason) = (close_code::AWAY, "".into());
        let frame = CloseFrame { code, reason };
        socket.send(Answer::Close(Some(frame))).await?;
        while let Some(message) = socket.recv().await {
            message?;
        }
        Ok::<_, axum::Error>(())
    };
    with_async_drop!(socket = closing(socket, goodbye), {
        loop {
            tokio::select! {
                message = socket.recv() => match message.transpose()? {
                    Some(Answer::Text(text)) => socket.send(text.len().to_string().into()).await?,
                    Some(_) => {}
                    None => return Ok(()),
                },
                () = stopping.requested() => return Ok(()),
            }
        }
    })
}

#[test]
fn socket_of_axum_that_is_guarded_says_goodbye_when_the_program_is_stopped() {
    let _one = one_at_a_time();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let far_side = tokio::spawn(client(address, usize::MAX, 3));
        let stop = sleep(Duration::from_millis(200));
        let work = async |stopping: Stopping| {
            let (for_sockets, for_axum) = (stopping.clone(), stopping.clone());
            let upgrade = async move |upgrade: WebSocketUpgrade| {
                let stopping = for_sockets.clone();
                upgrade.on_upgrade(async move |socket| {
                    attend(socket, stopping).await.expect("a goodbye")
                })
            };
            let service = Router::new().route("/", any(upgrade));
            axum::serve(listener, service)
                .with_graceful_shutdown(async move { for_axum.requested().await })
                .await
        };
        let ended = run_until(stop, pending(), Duration::from_secs(20), work).await;
        assert!(ended.report.is_clean(), "{}", ended.report);
        let end = far_side.await.expect("no panic");
        assert_eq!(end, Some(End::Said(Some(CloseCode::Away))));
    });
}
