//! Scopes dropped side by side.

use std::pin::Pin;
use std::time::{Duration, Instant};

use async_drop_utils::async_drop::with_async_drop;
use futures_util::future::{join, join_all, try_join, try_join_all};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use crate::forms::{Body, endless, in_every_form};
use crate::world::{Custom, World, cancel_at, everywhere};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn scopes(world: &World) -> Vec<Body> {
    let scope = |name| -> Body { Box::pin(endless(world.clone(), name)) };
    NAMES.map(scope).into()
}

/// Cancels `together`, which holds four scopes, with the cleanup of `b` held.
async fn hung_one_blocks_no_other(world: &World, together: impl Future) {
    world.hold("b");
    cancel_at(world, "in d", together).await;
    for name in ["a", "c", "d"] {
        world.until(&format!("end {name}")).await;
    }
    assert!(!world.has("end b"));
    world.release("b");
    world.drained().await;
}

#[test]
fn scopes_of_a_join_all_are_cleaned_up_side_by_side() {
    everywhere(async |world| hung_one_blocks_no_other(&world, join_all(scopes(&world))).await);
}

#[test]
fn scopes_of_a_futures_unordered_are_cleaned_up_side_by_side() {
    everywhere(async |world| {
        let mut together: FuturesUnordered<Body> = scopes(&world).into_iter().collect();
        let together = async move { while together.next().await.is_some() {} };
        hung_one_blocks_no_other(&world, together).await;
    });
}

#[test]
fn scopes_of_a_try_join_all_are_cleaned_up_when_one_fails() {
    everywhere(async |world| {
        let fails = async {
            world.until("in d").await;
            Err::<(), _>("fails")
        };
        let unfailing = scopes(&world).into_iter().map(|scope| scope.map(Ok));
        let (scopes, fails) = (try_join_all(unfailing), fails);
        world.hold("b");
        assert_eq!(try_join(scopes, fails).await.unwrap_err(), "fails");
        for name in ["a", "c", "d"] {
            world.until(&format!("end {name}")).await;
        }
        world.release("b");
        world.drained().await;
        assert!(NAMES.iter().all(|name| world.has(&format!("end {name}"))));
    });
}

#[test]
fn a_hung_scope_holds_up_the_scope_around_and_no_neighbour_in_every_form() {
    in_every_form(async |form, world| {
        let together = join_all(scopes(&world));
        let body = Box::pin(async move { drop(together.await) });
        world.hold("b");
        cancel_at(&world, "in d", form.run(&world, "outer", body)).await;
        for name in ["a", "c", "d"] {
            world.until(&format!("end {name}")).await;
        }
        world.settle().await;
        assert!(!world.started("outer"), "{:?}", world.log());
        world.release("b");
        world.drained().await;
        for name in NAMES {
            world.assert_order(name, "outer");
        }
    });
}

#[test]
fn the_slowest_of_twenty_scopes_in_one_task_is_the_wait() {
    everywhere(async |world| {
        let scope = |_| async {
            let slow =
                Custom::plain(async { tokio::time::sleep(Duration::from_millis(100)).await });
            let never: Result<(), String> =
                with_async_drop!(slow, { std::future::pending().await });
            never
        };
        let together = join(join_all((0..20).map(scope)), async {
            world.push("in body");
        });
        cancel_at(&world, "in body", together).await;
        let start = Instant::now();
        world.drained().await;
        let waited = start.elapsed();
        assert!(waited < Duration::from_millis(1_000), "{waited:?}");
    });
}

#[test]
fn scopes_that_alternate_with_bare_guards_by_the_thousand_need_no_deep_stack() {
    everywhere(async |world| {
        let scope = |_| async {
            let _bare = Custom::bare(async {});
            let value = Custom::plain(tokio::task::yield_now());
            let never: Result<(), String> =
                with_async_drop!(value, { std::future::pending().await });
            never
        };
        let many: Pin<Box<dyn Future<Output = _>>> = Box::pin(join_all((0..3_000).map(scope)));
        let together = join(many, async { world.push("in body") });
        cancel_at(&world, "in body", together).await;
        world.drained().await;
    });
}
