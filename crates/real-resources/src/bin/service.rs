//! A service in a process of its own, for the tests of how a program ends: `service ADDRESS NAME drain|exit`.

use std::io;
use std::net::SocketAddr;
use std::process::exit;
use std::time::Duration;

use async_drop_real_resources::{Connection, Lease};
use async_drop_utils::{Ended, run_to_end, with_async_drop};

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
async fn main() -> Ended<io::Result<()>> {
    run_to_end(Duration::from_secs(10), async |stopping| {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [server, name, end] = arguments.as_slice() else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let server = server.parse().map_err(io::Error::other)?;
        if end == "drain" {
            return serve(server, name).await;
        }
        tokio::select! {
            served = serve(server, name) => served,
            () = stopping.requested() => exit(0),
        }
    })
    .await
}
