//! A service that runs jobs on request, and stops on a signal.
//!
//! `POST /jobs/7` takes job 7 from the [`Spool`], runs it, and answers when it is done. A job that is cut off, since its client has
//! hung up or since the service ends, goes back into the queue.

mod spool;

use std::io;
use std::path::PathBuf;

use async_drop_utils::{AsyncDropArc, AsyncDropWeak, Stopping, with_async_drop};
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use spool::{Job, Spool};

// ANCHOR: serve
/// Serves the jobs of `folder` until it is asked to stop and each request is answered, or until it is dropped.
///
/// # Errors
///
/// When the folder is another service's, or cannot be given back.
pub async fn serve(listener: TcpListener, folder: PathBuf, stopping: Stopping) -> io::Result<()> {
    with_async_drop!(spool = AsyncDropArc::new(Spool::open(folder).await?), {
        let cut_off = CancellationToken::new();
        let _when_this_is_dropped = cut_off.clone().drop_guard();
        let service = Router::new()
            .route("/jobs/{number}", post(run))
            .with_state(AsyncDropArc::downgrade(&spool))
            .layer(from_fn_with_state(cut_off, until_cut_off));
        axum::serve(listener, service)
            .with_graceful_shutdown(async move { stopping.requested().await })
            .await
    })
}

async fn until_cut_off(
    State(cut_off): State<CancellationToken>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let response = cut_off.run_until_cancelled(next.run(request)).await;
    response.ok_or(StatusCode::SERVICE_UNAVAILABLE)
}

async fn run(State(spool): State<AsyncDropWeak<Spool>>, Path(number): Path<u32>) -> StatusCode {
    let Some(spool) = spool.upgrade() else {
        return StatusCode::SERVICE_UNAVAILABLE;
    };
    let ran = with_async_drop!(spool = spool, job = spool.take(number).await?, {
        job.run().await?;
        job.finish().await
    });
    status(&ran)
}
// ANCHOR_END: serve

fn status(ran: &io::Result<()>) -> StatusCode {
    match ran {
        Ok(()) => StatusCode::OK,
        Err(error) if error.kind() == io::ErrorKind::NotFound => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
