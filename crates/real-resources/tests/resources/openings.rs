//! Values that are opened together, in steps, once for many, by key, and again.

use std::io;

use async_drop_real_resources::{Registration, Trial, Wire, World};
use async_drop_utils::{
    AsyncDrop, AsyncDropGuard, AsyncDropHashMap, AsyncDropResult, AsyncDropShared, AsyncDropStack,
    open_all, with_async_drop,
};
use async_trait::async_trait;

/// Registers one of a program's names, on a stream of its own.
async fn register(world: &World, name: usize) -> io::Result<AsyncDropGuard<Registration>> {
    let wire = Wire::connect(world.server).await?.shared();
    Registration::open(wire, format!("{}-{name}", world.mark)).await
}

/// The same without a guard before the answer.
async fn register_then_guard(
    world: World,
    name: usize,
) -> io::Result<AsyncDropGuard<Registration>> {
    let wire = Wire::connect(world.server).await?.shared();
    Registration::open_then_guard(wire, format!("{}-{name}", world.mark)).await
}

async fn work(world: &World) -> io::Result<()> {
    let mut wire = Wire::connect(world.server).await?;
    wire.ask("ECHO work").await?;
    wire.ask("ECHO more").await.map(drop)
}

#[test]
fn what_is_opened_at_once_is_cleaned_up_when_one_fails_or_all_are_cut_off() {
    Trial::new("openings, open_all").never_leaks(|world: World| async move {
        let (first, second) = open_all((register(&world, 1), register(&world, 2))).await?;
        with_async_drop!(first, second, { work(&world).await })
    });
}

#[test]
fn try_join_loses_nothing_where_the_guards_are_cancel_safe() {
    Trial::new("openings, try_join").never_leaks(|world: World| async move {
        let (first, ()) = tokio::try_join!(register(&world, 1), work(&world))?;
        with_async_drop!(first, { work(&world).await })
    });
}

#[test]
fn constructors_that_grant_before_they_guard_lose_what_open_all_cuts_off() {
    Trial::new("openings, open_all of late guards")
        .copies(8)
        .leaks(|world: World| async move {
            let (one, other) = (world.clone(), world.clone());
            let (first, second) =
                open_all((register_then_guard(one, 1), register_then_guard(other, 2))).await?;
            with_async_drop!(first, second, { work(&world).await })
        });
}

#[test]
fn acquire_mends_constructors_that_grant_before_they_guard() {
    Trial::new("openings, open_all of acquire").never_leaks(|world: World| async move {
        let late = |name| AsyncDropGuard::acquire(register_then_guard(world.clone(), name));
        let (first, second) = open_all((late(1), late(2))).await?;
        with_async_drop!(first, second, { work(&world).await })
    });
}

#[derive(Debug, AsyncDrop)]
#[async_drop(error = io::Error)]
struct Pair {
    second: AsyncDropGuard<Registration>,
    first: AsyncDropGuard<Registration>,
}

impl Pair {
    async fn start(world: &World) -> io::Result<AsyncDropGuard<Self>> {
        AsyncDropStack::construct(async |stack| {
            let first = stack.push(register(world, 1).await?);
            let second = stack.push(register(world, 2).await?);
            work(world).await?;
            let (first, second) = (stack.take(first), stack.take(second));
            Ok(AsyncDropGuard::new_cancel_safe(Self { second, first }))
        })
        .await
    }
}

#[test]
fn a_constructor_on_a_stack_undoes_the_steps_before_the_one_that_ends_it() {
    Trial::new("openings, construct").never_leaks(|world: World| async move {
        let pair = Pair::start(&world).await?;
        with_async_drop!(pair, { work(&world).await })
    });
}

#[test]
fn what_is_opened_once_for_many_is_cleaned_up_by_the_last() {
    Trial::new("openings, shared").never_leaks(|world: World| async move {
        let opening = world.clone();
        let open = async move { AsyncDropResult::new(register(&opening, 1).await) };
        let first = AsyncDropShared::new(open);
        let second = AsyncDropShared::clone(&first);
        with_async_drop!(first, second, {
            let (a, b) = tokio::join!(&mut *first, &mut *second);
            with_async_drop!(a, b, {
                match a.as_inner() {
                    Ok(_) => work(&world).await,
                    Err(error) => Err(io::Error::other(error.to_string())),
                }
            })
        })
    });
}

#[test]
fn a_map_cleans_up_what_it_holds_and_what_it_lets_go() {
    Trial::new("openings, map").never_leaks(|world: World| async move {
        let pool = AsyncDropHashMap::new();
        with_async_drop!(pool, {
            for name in [1, 2, 1] {
                pool.entry(name)
                    .or_try_insert_with(async || register(&world, name).await)
                    .await?;
            }
            if let Some(idle) = pool.remove(&1) {
                with_async_drop!(idle, { work(&world).await })?;
            }
            pool.retain(|name, _| *name != 2).await?;
            work(&world).await
        })
    });
}

/// Has one registration at a time.
#[derive(Debug)]
struct Client(Option<AsyncDropGuard<Registration>>);

impl Client {
    async fn register(&mut self, world: &World, name: usize) -> io::Result<()> {
        let fresh = register(world, name).await?;
        if let Some(old) = self.0.replace(fresh)
            && let Err(error) = with_async_drop!(old, { Ok::<_, io::Error>(()) })
        {
            eprintln!("the old registration: {error}");
        }
        Ok(())
    }
}

#[async_trait]
impl AsyncDrop for Client {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Some(registration) => registration.async_drop().await,
            None => Ok(()),
        }
    }
}

#[test]
fn a_guard_in_a_field_is_replaced_by_the_one_that_is_open() {
    Trial::new("openings, replace").never_leaks(|world: World| async move {
        let client = AsyncDropGuard::new_cancel_safe(Client(None));
        with_async_drop!(client, {
            for name in 0..3 {
                client.register(&world, name).await?;
            }
            work(&world).await
        })
    });
}
