//! Pattern "Shield a task": a value that borrows, whose guard cannot be cleaned up elsewhere.

use std::io;
use std::time::Duration;

use async_drop_real_resources::{Connection, Trial, World};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop, with_async_drop_2};
use async_trait::async_trait;
use tokio::time::timeout;

/// A transaction that borrows its connection.
#[derive(Debug)]
struct Borrowing<'connection>(&'connection Connection);

impl<'connection> Borrowing<'connection> {
    async fn begin(connection: &'connection Connection) -> io::Result<AsyncDropGuard<Self>> {
        connection.ask("BEGIN 1").await?;
        Ok(AsyncDropGuard::new(Self(connection)))
    }
}

#[async_trait]
impl AsyncDrop for Borrowing<'_> {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        self.0.ask("ROLLBACK 1").await.map(drop)
    }
}

/// Writes in a transaction of its own.
async fn write(world: World) -> io::Result<()> {
    with_async_drop!(connection = Connection::open(world.server).await?, {
        with_async_drop_2!(transaction = Borrowing::begin(&connection).await?, {
            for _ in 0..3 {
                transaction.0.ask("INSERT 1").await?;
            }
            transaction.0.ask("COMMIT 1").await.map(drop)
        })
    })
}

#[test]
fn a_task_goes_on_to_its_end_though_the_client_has_hung_up() {
    let trial = Trial::new("shielded").not_cut_off();
    trial.never_leaks(|mut world: World| async move {
        let limit = world.chance.time(Duration::from_millis(10));
        let mut task = tokio::spawn(write(world));
        let client = async { (&mut task).await? };
        match timeout(limit, client).await {
            Ok(written) => written,
            Err(_) => task.await?, // kept, since the program ends here
        }
    });
}

#[test]
fn a_value_that_borrows_is_lost_with_the_client() {
    let trial = Trial::new("not shielded").not_cut_off();
    trial.leaks(|mut world: World| async move {
        let limit = world.chance.time(Duration::from_millis(10));
        timeout(limit, write(world)).await?
    });
}
