// Statements that run in a child process, since they may end it. The connection stands in the parent's ledger, too, which
// closes it when the child says that its own ledger balances.

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
    let child = Command::new(program)
        .env(IN_CHILD, "")
        .output()
        .map_err(|error| Error::new(error.to_string()))?;
    if String::from_utf8_lossy(&child.stdout).contains(BALANCED) {
        connection.close();
    }
    Ok(())
}
