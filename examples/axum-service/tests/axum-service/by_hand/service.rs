//! What is served.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::spool::Spool;
use crate::stop::Stop;

#[derive(Clone)]
struct Service {
    spool: Arc<Spool>,
    jobs: TaskTracker,
    cut_off: CancellationToken,
}

pub async fn serve(listener: TcpListener, folder: PathBuf, stop: Stop) -> io::Result<ExitCode> {
    let service = Service {
        spool: Arc::new(Spool::open(folder).await?),
        jobs: TaskTracker::new(),
        cut_off: CancellationToken::new(),
    };
    let routes = Router::new()
        .route("/jobs/{number}", post(run))
        .with_state(service.clone());
    let requested = stop.requested.clone();
    let serving = axum::serve(listener, routes)
        .with_graceful_shutdown(async move { requested.cancelled().await });
    let served = tokio::select! {
        served = serving => Some(served),
        () = stop.half_time() => None,
    };
    service.cut_off.cancel();
    service.jobs.close();
    let cleanup = async {
        service.jobs.wait().await;
        service.spool.close().await
    };
    let closed = tokio::select! {
        closed = cleanup => closed,
        () = stop.whole_time() => {
            let message = format!("{} jobs still run", service.jobs.len());
            Err(io::Error::new(io::ErrorKind::TimedOut, message))
        }
    };
    match served {
        Some(served) => served.and(closed).map(|()| ExitCode::SUCCESS),
        None => closed.map(|()| stop.exit_code()),
    }
}

async fn run(State(service): State<Service>, Path(number): Path<u32>) -> StatusCode {
    let cut_off = service.cut_off.child_token();
    // Cuts it off when the client hangs up.
    let _hung_up = cut_off.clone().drop_guard();
    let spool = service.spool;
    // In a task of its own, which goes on to the end when this handler is dropped.
    let ran = service
        .jobs
        .spawn(async move { run_job(&spool, number, &cut_off).await });
    match ran.await {
        Ok(Ok(())) => StatusCode::OK,
        Ok(Err(error)) => match error.kind() {
            io::ErrorKind::NotFound => StatusCode::NOT_FOUND,
            io::ErrorKind::Interrupted => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        },
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn run_job(spool: &Spool, number: u32, cut_off: &CancellationToken) -> io::Result<()> {
    if cut_off.is_cancelled() {
        return Err(io::ErrorKind::Interrupted.into());
    }
    let job = spool.take(number).await?;
    let ran = match cut_off.run_until_cancelled(job.run()).await {
        Some(Ok(())) => job.finish().await,
        Some(Err(error)) => Err(error),
        None => Err(io::ErrorKind::Interrupted.into()),
    };
    if ran.is_err()
        && let Err(error) = job.give_back().await
    {
        eprintln!("a job does not go back: {error}");
    }
    ran
}
