//! Pattern "Stop on a signal": a service in a process of its own.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use async_drop_real_resources::{Trial, World};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;
use tokio::time::{sleep, timeout};

/// Runs the service of this crate, sends it a signal, and waits for its end.
async fn stop_service(mut world: World, end: &str, signal: Signal) -> io::Result<()> {
    let mut service = Command::new(env!("CARGO_BIN_EXE_service"));
    let service = service
        .arg(world.server.to_string())
        .arg(&world.mark)
        .arg(end);
    // That a request was refused is of no interest here.
    let mut service = service.stderr(Stdio::null()).kill_on_drop(true).spawn()?;
    sleep(world.chance.time(Duration::from_millis(40))).await;
    if let Some(number) = service
        .id()
        .and_then(|id| Pid::from_raw(id.try_into().ok()?))
    {
        kill_process(number, signal)?;
    }
    match timeout(Duration::from_secs(15), service.wait()).await {
        // Told before it listened: it held nothing yet.
        Ok(ended) => drop(ended?),
        Err(_) => world.seen.tell("the service does not stop".to_owned()),
    }
    Ok(())
}

#[test]
fn a_service_that_is_run_to_its_end_leaves_nothing() {
    let trial = Trial::new("drain").not_cut_off();
    trial.never_leaks(|world| stop_service(world, "drain", Signal::TERM));
}

#[test]
fn a_service_that_exits_at_the_signal_leaves_what_it_holds() {
    let trial = Trial::new("exit").not_cut_off();
    trial.leaks(|world| stop_service(world, "exit", Signal::TERM));
}

#[test]
fn a_service_that_does_not_catch_the_signal_leaves_what_it_holds() {
    let trial = Trial::new("signal not caught").not_cut_off();
    trial.leaks(|world| stop_service(world, "drain", Signal::USR1));
}
