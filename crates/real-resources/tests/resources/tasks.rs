//! Tasks that are aborted, and scopes side by side in one task.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use async_drop_real_resources::{Registration, Trial, Wire, World};
use async_drop_utils::with_async_drop;
use futures_util::future::join_all;
use tokio::task::{JoinSet, spawn_blocking};

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
    let trial = Trial::new("aborted and awaited").copies(1).not_cut_off();
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
    let trial = Trial::new("aborted and left").copies(1).not_cut_off();
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
    let trial = Trial::new("scopes side by side").copies(1);
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
    let trial = Trial::new("bare guards")
        .copies(1)
        .cut_off_within(Duration::from_millis(60));
    trial
        .hangs(Duration::from_millis(250))
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
