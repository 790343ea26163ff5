// An `async fn stop_signal() -> io::Result<()>`, which is awaited while this process is sent SIGTERM.

use std::io;
use std::process::{Command, id};

use tokio::runtime::Builder;
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};

block!();

fn scenario() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let terminate = async {
        let sent = Command::new("kill")
            .args(["-TERM", &id().to_string()])
            .status()?;
        assert!(sent.success(), "kill: {sent}");
        Ok(())
    };
    // The first is polled first, and from then on catches the signal.
    runtime.block_on(async { tokio::try_join!(stop_signal(), terminate) })?;
    Ok(())
}
