// Statements that run in a child process first, since they may end it: then the connection stays open in the parent's ledger.
// When the child says that its own ledger balances, they run here, where the explorer can reach them.

use std::env::{current_exe, var_os};
use std::process::Command;

use async_drop_fixtures::{Connection, Error};
use async_drop_utils::testing::Ledger;
use async_drop_utils::*;

const IN_CHILD: &str = "ASYNC_DROP_CHILD";
const BALANCED: &str = "the child's ledger balances";

async fn child() -> Result<(), Error> {
    block!();
    Ok(())
}

async fn scenario() -> Result<(), Error> {
    if var_os(IN_CHILD).is_some() {
        let ledger = Ledger::new();
        let entered = ledger.enter();
        child().await?;
        drop(entered);
        if ledger.balance().is_ok() {
            println!("{BALANCED}");
        }
        return Ok(());
    }
    let connection = Ledger::current().open("connection");
    let program = current_exe().map_err(|error| Error::new(error.to_string()))?;
    let output = Command::new(program)
        .env(IN_CHILD, "")
        .output()
        .map_err(|error| Error::new(error.to_string()))?;
    if !String::from_utf8_lossy(&output.stdout).contains(BALANCED) {
        return Ok(());
    }
    connection.close();
    child().await
}
