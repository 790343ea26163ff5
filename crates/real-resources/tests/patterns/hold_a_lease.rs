//! Pattern "Hold a lease": it is renewed while the work runs.

use std::io;
use std::time::Duration;

use async_drop_real_resources::{Connection, Lease, Trial, World};
use async_drop_utils::with_async_drop;
use tokio::time::{sleep, timeout};

/// Works under the lease, on a connection of its own.
async fn work(world: World) -> io::Result<()> {
    let connection = Connection::open(world.server).await?;
    with_async_drop!(connection, {
        connection.ask(&format!("WORK {}", world.mark)).await?;
        for _ in 0..4 {
            connection.ask("QUERY").await?;
        }
        Ok(())
    })
}

/// Renews the lease until it is lost.
async fn keep(lease: &mut Lease) -> io::Result<()> {
    loop {
        sleep(Duration::from_millis(1)).await;
        timeout(Duration::from_secs(5), lease.renew()).await??;
    }
}

/// Whoever works gets stopped when the lease is lost.
async fn while_leased(world: World, work: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    let lease = Lease::acquire(world.server, &world.mark).await?;
    with_async_drop!(lease, {
        tokio::select! {
            done = work => done,
            lost = keep(&mut lease) => lost,
        }
    })
}

#[test]
fn a_lost_lease_is_released_after_the_work_has_closed() {
    Trial::new("select").never_leaks(|world: World| while_leased(world.clone(), work(world)));
}

#[test]
fn work_in_a_task_of_its_own_outlives_the_lease() {
    Trial::new("spawned work").leaks(|world: World| async move {
        let lease = Lease::acquire(world.server, &world.mark).await?;
        with_async_drop!(lease, {
            let mut working = tokio::spawn(work(world));
            tokio::select! {
                done = &mut working => done?,
                lost = keep(&mut lease) => {
                    working.abort();
                    lost
                }
            }
        })
    });
}

#[test]
fn work_that_is_lent_outlives_the_lease() {
    Trial::new("lent work").leaks(|world: World| async move {
        let mut work = Box::pin(work(world.clone()));
        while_leased(world, &mut work).await
    });
}

#[test]
fn a_guard_made_after_the_answer_leaves_the_lease_of_who_was_cut_off_before() {
    Trial::new("guard after the answer")
        .copies(8)
        .leaks(|world: World| async move {
            let lease = Lease::acquire_then_guard(world.server, &world.mark).await?;
            with_async_drop!(lease, { keep(&mut lease).await })
        });
}
