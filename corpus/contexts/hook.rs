// Statements that set a forgotten-guard hook which does not panic.

use std::thread;

use async_drop_utils::*;

fn scenario() {
    block!();
    // On a thread without a ledger, which would take note of the guard before the hook does.
    let forgetful = thread::spawn(|| drop(AsyncDropGuard::new("forgotten")));
    forgetful.join().expect("the hook does not panic");
    let _ = take_forgotten_guard_hook();
}
