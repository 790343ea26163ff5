//! Tasks that a body spawns, and scopes side by side in one task.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use async_drop_real_resources::{Connection, Registration, Trial, Wire, World};
use async_drop_utils::{AsyncDropArc, AsyncDropTaskGroup, with_async_drop};
use futures_util::future::join_all;
use tokio::task::{JoinSet, spawn_blocking};

#[test]
fn a_join_set_whose_task_fails_leaves_the_shared_value_to_drain() {
    Trial::new("tasks, join set").never_leaks(|world: World| async move {
        let connection = AsyncDropArc::new(Connection::open(world.server).await?);
        with_async_drop!(connection, {
            let mut tasks = JoinSet::new();
            for _ in 0..4 {
                let shared = AsyncDropArc::clone(&connection);
                tasks.spawn(async move { with_async_drop!(shared, { shared.ask("QUERY").await }) });
            }
            while let Some(done) = tasks.join_next().await {
                done??;
            }
            Ok(())
        })
    });
}

#[test]
fn a_task_group_whose_task_fails_closes_the_shared_value() {
    Trial::new("tasks, group").never_leaks(|world: World| async move {
        let group = AsyncDropTaskGroup::new(Connection::open(world.server).await?);
        with_async_drop!(group, {
            for _ in 0..4 {
                group.spawn(async move |connection| connection.ask("QUERY").await);
            }
            group.join_all().await.map(drop)
        })
    });
}

#[test]
fn tasks_that_close_by_hand_lose_what_they_hold_when_one_fails() {
    Trial::new("tasks, closed by hand").leaks(|world: World| async move {
        let mut tasks = JoinSet::new();
        for _ in 0..4 {
            tasks.spawn(async move {
                let mut wire = Wire::connect(world.server).await?;
                let rows = wire.ask("QUERY").await;
                wire.ask("QUIT").await?;
                rows
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        Ok(())
    });
}

/// Registers and withdraws, and takes its time in a poll: who aborts it does not stop that poll.
async fn register_again_and_again(world: World) -> io::Result<()> {
    let wire = Wire::connect(world.server).await?.shared();
    loop {
        thread::sleep(Duration::from_millis(15));
        let registration = Registration::open(Arc::clone(&wire), world.mark.clone()).await?;
        with_async_drop!(registration, {
            wire.lock().await.ask("ECHO").await.map(drop)
        })?;
    }
}

/// Waits for a thread that no poll holds up, as it may the clock of the runtime.
async fn pass(time: Duration) {
    let _ = spawn_blocking(move || thread::sleep(time)).await;
}

#[test]
fn tasks_that_are_aborted_and_awaited_have_made_their_last_guard_before_drain() {
    let trial = Trial::new("tasks, aborted and awaited")
        .copies(1)
        .not_cut_off();
    trial.never_leaks(|mut world: World| async move {
        let mut tasks = JoinSet::new();
        let time = world.chance.time(Duration::from_millis(40));
        tasks.spawn(register_again_and_again(world));
        pass(time).await;
        tasks.shutdown().await;
        Ok(())
    });
}

#[test]
fn tasks_that_are_aborted_and_not_awaited_make_guards_behind_drain() {
    let trial = Trial::new("tasks, aborted and left")
        .copies(1)
        .not_cut_off();
    trial.leaks(|mut world: World| async move {
        let mut tasks = JoinSet::new();
        let time = world.chance.time(Duration::from_millis(40));
        tasks.spawn(register_again_and_again(world));
        pass(time).await;
        tasks.abort_all();
        Ok(())
    });
}

/// Twenty registrations, of which the first can only be withdrawn when all others have been.
fn names(mark: &str) -> impl Iterator<Item = String> {
    (0..20).map(move |number| format!("{mark}-{number}{}", if number == 0 { "-last" } else { "" }))
}

#[test]
fn a_scope_that_hangs_blocks_none_of_those_beside_it() {
    let trial = Trial::new("tasks, scopes side by side").copies(1);
    trial.never_leaks(|world: World| async move {
        let work = names(&world.mark).map(async |name| {
            let wire = Wire::connect(world.server).await?.shared();
            let registration = Registration::open(Arc::clone(&wire), name).await?;
            with_async_drop!(registration, {
                for _ in 0..20 {
                    wire.lock().await.ask("ECHO").await?;
                }
                Ok(())
            })
        });
        join_all(work).await.into_iter().collect()
    });
}

#[test]
fn bare_guards_of_one_task_wait_for_the_one_that_hangs() {
    let trial = Trial::new("tasks, bare guards")
        .copies(1)
        .cut_off_within(Duration::from_millis(60));
    trial
        .patience(Duration::from_millis(250))
        .leaks(|world: World| async move {
            let mut held = Vec::new();
            for name in names(&world.mark) {
                let wire = Wire::connect(world.server).await?.shared();
                held.push(Registration::open(wire, name).await?);
            }
            drop(held);
            Ok(())
        });
}
