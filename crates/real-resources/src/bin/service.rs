//! A service in a process of its own, for the tests of how a program ends: `service ADDRESS NAME drain|exit`.

use std::io;
use std::net::SocketAddr;
use std::process::{ExitCode, exit};
use std::time::Duration;

use async_drop_real_resources::{Connection, Lease};
use async_drop_utils::{drain, with_async_drop};
use tokio::signal::unix::{SignalKind, signal};

/// Writes under a lease, one transaction after the other.
async fn serve(server: SocketAddr, name: &str) -> io::Result<()> {
    with_async_drop!(
        _lease = Lease::acquire(server, name).await?,
        connection = Connection::open(server).await?,
        {
            connection.ask(&format!("WORK {name}")).await?;
            loop {
                with_async_drop!(transaction = connection.begin().await?, {
                    transaction.insert().await?;
                    transaction.commit().await
                })?;
            }
        }
    )
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [server, name, end] = arguments.as_slice() else {
        return ExitCode::from(2);
    };
    let Ok(server) = server.parse() else {
        return ExitCode::from(2);
    };
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return ExitCode::FAILURE;
    };
    tokio::select! {
        _ = serve(server, name) => {}
        _ = terminate.recv() => {
            if end == "exit" {
                exit(0);
            }
        }
    }
    if drain(Duration::from_secs(10)).await.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
