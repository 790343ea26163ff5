//! Pattern "Keep values by key": what a map holds, and what it lets go.

use std::collections::HashMap;
use std::io;

use async_drop_real_resources::{Registration, Trial, World};
use async_drop_utils::{AsyncDropHashMap, with_async_drop};

#[test]
fn a_map_cleans_up_what_it_holds_and_what_it_lets_go() {
    Trial::new("map").never_leaks(|world: World| async move {
        with_async_drop!(pool = AsyncDropHashMap::new(), {
            for name in [1, 2] {
                let registration = Registration::of(&world, name).await?;
                pool.try_insert(name, registration)
                    .map_err(|_| io::ErrorKind::AlreadyExists)?;
            }
            pool.entry(1)
                .or_try_insert_with(async || Registration::of(&world, 1).await)
                .await?;
            if let Some(idle) = pool.remove(&1) {
                with_async_drop!(idle, { world.work().await })?;
            }
            pool.retain(|name, _| *name != 2).await?;
            world.work().await
        })
    });
}

#[test]
fn a_map_that_is_emptied_by_hand_keeps_what_comes_behind_a_failure() {
    Trial::new("by hand").leaks(|world: World| async move {
        let mut pool = HashMap::new();
        for name in [1, 2, 3] {
            pool.insert(name, Registration::plain(&world, name).await?);
        }
        world.work().await?;
        for registration in pool.values_mut() {
            registration.async_drop().await?;
        }
        Ok(())
    });
}
