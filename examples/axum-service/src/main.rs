//! The service as a program: `axum-service ADDRESS FOLDER MILLISECONDS`, the last for the time that it has to end.

use std::path::PathBuf;
use std::time::Duration;
use std::{env, io};

use async_drop_utils::{Ended, run_to_end};
use recipe_axum_service::serve;
use tokio::net::TcpListener;

// ANCHOR: main
#[tokio::main]
async fn main() -> Ended<io::Result<()>> {
    let [address, folder, milliseconds] = arguments();
    let grace_period = Duration::from_millis(milliseconds.parse().expect("milliseconds"));
    run_to_end(grace_period, async |stopping| {
        let listener = TcpListener::bind(address).await?;
        println!("{}", listener.local_addr()?);
        serve(listener, PathBuf::from(folder), stopping).await
    })
    .await
}
// ANCHOR_END: main

fn arguments() -> [String; 3] {
    let arguments: Vec<_> = env::args().skip(1).collect();
    arguments.try_into().expect("ADDRESS FOLDER MILLISECONDS")
}
