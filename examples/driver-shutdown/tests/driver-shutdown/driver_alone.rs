//! What the driver does by itself with its cursors.

use std::future::pending;
use std::time::Duration;

use recipe_driver::Client;
use tokio::time::timeout;

use crate::far_side::Server;
use crate::runtime;

const MOMENT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn cursor_that_is_dropped_is_killed_by_a_task() {
    let server = Server::start().await.unwrap();
    let client = Client::new(server.address);
    let cursor = client.find("one").await.unwrap();
    server.until_open(1).await;
    drop(cursor);
    assert_eq!(server.open(), 1, "no task has run");
    server.until_open(0).await;
}

/// As in issue 719 of mongo-rust-driver, though the task that kills is there before the shutdown.
#[test]
fn cursor_of_a_task_that_ends_with_its_runtime_stays() {
    let far = runtime();
    let server = far.block_on(Server::start()).unwrap();
    let near = runtime();
    let client = near.block_on(async { Client::new(server.address) });
    near.spawn(async move {
        let _cursor = client.find("one").await;
        pending::<()>().await;
    });
    far.block_on(server.until_open(1));
    near.shutdown_timeout(10 * MOMENT);
    let lost = far.block_on(server.lost());
    assert_eq!(lost, ["1 cursors are open", "1 have broken off"]);
}

#[tokio::test]
async fn shutdown_waits_for_cursors_that_are_held_for_ever() {
    let server = Server::start().await.unwrap();
    let client = Client::new(server.address);
    let cursor = client.find("one").await.unwrap();
    let mut shutdown = Box::pin(client.clone().shutdown());
    let waiting = timeout(MOMENT, &mut shutdown).await;
    waiting.expect_err("the cursor is held");
    drop(cursor);
    shutdown.await.unwrap();
    drop(client);
    assert_eq!(server.lost().await, [""; 0]);
}
