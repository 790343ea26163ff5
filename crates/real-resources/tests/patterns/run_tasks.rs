//! Pattern "Run tasks": tasks that share a value and end together.

use async_drop_real_resources::{Connection, Trial, Wire, World};
use async_drop_utils::{AsyncDropTaskGroup, with_async_drop};
use tokio::task::JoinSet;

#[test]
fn a_task_group_whose_task_fails_closes_the_shared_value() {
    Trial::new("group").never_leaks(|world: World| async move {
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
fn a_task_group_ends_the_transaction_of_its_task_before_the_connection() {
    Trial::new("task group").never_leaks(|world: World| async move {
        let tasks = AsyncDropTaskGroup::new(Connection::open(world.server).await?);
        with_async_drop!(tasks, {
            tasks.spawn(async move |connection| {
                with_async_drop!(transaction = connection.begin().await?, {
                    transaction.insert().await
                })
            });
            tasks.value().ask("QUERY").await?;
            tasks.join_all().await.map(drop)
        })
    });
}

#[test]
fn a_join_set_in_the_body_leaves_the_transaction_of_its_task_to_whoever_is_first() {
    Trial::new("join set")
        .copies(8)
        .leaks(|world: World| async move {
            with_async_drop!(connection = Connection::open(world.server).await?, {
                let mut tasks = JoinSet::new();
                let transaction = connection.begin().await?;
                tasks.spawn(async move {
                    with_async_drop!(transaction, { transaction.insert().await })
                });
                connection.ask("QUERY").await?;
                while let Some(done) = tasks.join_next().await {
                    done??;
                }
                Ok(())
            })
        });
}

#[test]
fn tasks_that_close_by_hand_lose_what_they_hold_when_one_fails() {
    Trial::new("closed by hand").leaks(|world: World| async move {
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
