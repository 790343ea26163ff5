//! The service as people write it first: axum's graceful shutdown, and a handler that cleans up behind its work.
//!
//! 218 of 300 runs lost something.

use std::path::{Path as File, PathBuf};
use std::time::Duration;
use std::{env, io};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use tokio::fs;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [address, folder, _] = &arguments[..] else {
        return Err(io::Error::other("ADDRESS FOLDER MILLISECONDS"));
    };
    let folder = PathBuf::from(folder);
    fs::File::create_new(folder.join("owner")).await?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listener = TcpListener::bind(address).await?;
    println!("{}", listener.local_addr()?);
    let service = Router::new()
        .route("/jobs/{number}", post(run))
        .with_state(folder.clone());
    axum::serve(listener, service)
        .with_graceful_shutdown(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await?;
    fs::remove_file(folder.join("owner")).await
}

async fn run(State(folder): State<PathBuf>, Path(number): Path<u32>) -> StatusCode {
    let file = |state: &str| folder.join(state).join(number.to_string());
    let (queued, running, done) = (file("queued"), file("running"), file("done"));
    if fs::rename(&queued, &running).await.is_err() {
        return StatusCode::NOT_FOUND;
    }
    let ran = work(&running).await;
    let goes_to = if ran.is_ok() { &done } else { &queued };
    match ran.and(fs::rename(&running, goes_to).await) {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn work(job: &File) -> io::Result<()> {
    let milliseconds = fs::read_to_string(job).await?;
    let milliseconds = milliseconds.parse().map_err(io::Error::other)?;
    sleep(Duration::from_millis(milliseconds)).await;
    Ok(())
}
