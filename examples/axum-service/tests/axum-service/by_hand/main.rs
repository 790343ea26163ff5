//! The service by hand, with what Tokio, tokio-util and axum have.

mod service;
mod spool;
mod stop;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, io};

use tokio::net::TcpListener;

use service::serve;
use stop::Stop;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> io::Result<ExitCode> {
    let [address, folder, milliseconds] = arguments();
    let grace_period = Duration::from_millis(milliseconds.parse().expect("milliseconds"));
    let stop = Stop::listen(grace_period)?;
    let listener = TcpListener::bind(address).await?;
    println!("{}", listener.local_addr()?);
    serve(listener, PathBuf::from(folder), stop).await
}

fn arguments() -> [String; 3] {
    let arguments: Vec<_> = env::args().skip(1).collect();
    arguments.try_into().expect("ADDRESS FOLDER MILLISECONDS")
}
