// A program with a `main` that `run_to_end` ends; this process is sent SIGTERM when the program has opened something.

use std::process::{Command, ExitCode, Termination, id};
use std::thread;
use std::time::Duration;

use async_drop_fixtures::{Error, Subscription};
use async_drop_utils::testing::Ledger;
use async_drop_utils::*;

block!();

fn scenario() {
    let ledger = Ledger::current();
    let terminate = thread::spawn(move || {
        while ledger.journal().is_empty() {
            thread::sleep(Duration::from_millis(1));
        }
        Command::new("kill")
            .args(["-TERM", &id().to_string()])
            .status()
    });
    assert_eq!(main().report(), ExitCode::SUCCESS);
    let sent = terminate.join().expect("no panic").expect("a kill");
    assert!(sent.success(), "kill: {sent}");
}
