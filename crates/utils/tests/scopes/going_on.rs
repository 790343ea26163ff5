//! An inner future is cancelled while an outer scope's body goes on.

use std::panic::AssertUnwindSafe;

use async_drop_utils::AsyncDropGuard;
use async_drop_utils::async_drop::with_async_drop;
use futures_util::FutureExt;

use crate::forms::{endless, in_every_form};
use crate::world::{World, cancel, everywhere};

/// Lets a scope whose value is `outer` reach its end while the cleanup of `inner`, handed over in its body, is held.
async fn outer_waits_for_inner(world: &World, scope: impl Future<Output = ()>) {
    let watch = async {
        world.until("body ends").await;
        world.until("start inner").await;
        world.settle().await;
        assert!(!world.started("outer"), "{:?}", world.log());
        world.release("inner");
    };
    tokio::join!(scope, watch);
    world.assert_order("inner", "outer");
    world.drained().await;
}

#[test]
fn inner_scope_that_was_cancelled_is_awaited_before_the_outer_values_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            cancel(endless(inside.clone(), "inner")).await;
            inside.until("start inner").await;
            inside.push("body ends");
        });
        outer_waits_for_inner(&world, form.run(&world, "outer", body)).await;
    });
}

#[test]
fn inner_bare_guard_that_was_cancelled_is_awaited_before_the_outer_values_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            let inner = inside.bare("inner");
            cancel(async move {
                let _inner = inner;
                std::future::pending::<()>().await
            })
            .await;
            inside.push("body ends");
        });
        outer_waits_for_inner(&world, form.run(&world, "outer", body)).await;
    });
}

#[test]
fn inner_cleanup_that_was_cut_off_is_awaited_before_the_outer_values_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            let inner = inside.plain("inner");
            cancel(async {
                let ended: Result<(), String> = with_async_drop!(inner, { Ok(()) });
                ended
            })
            .await;
            inside.push("body ends");
        });
        outer_waits_for_inner(&world, form.run(&world, "outer", body)).await;
    });
}

#[test]
fn opening_that_was_cut_off_is_finished_and_cleaned_up_before_the_outer_values_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("opening");
        let inside = world.clone();
        let body = Box::pin(async move {
            let (made, mut opening) = (inside.plain("inner"), inside.value("opening"));
            cancel(AsyncDropGuard::acquire(async move {
                opening.clean_up().await;
                Ok::<_, String>(made)
            }))
            .await;
            inside.push("body ends");
        });
        let scope = form.run(&world, "outer", body);
        let watch = async {
            world.until("body ends").await;
            world.settle().await;
            world.none_started(&["inner", "outer"]);
            world.release("opening");
        };
        tokio::join!(scope, watch);
        world.assert_order("opening", "inner");
        world.assert_order("inner", "outer");
        world.drained().await;
    });
}

#[test]
fn value_that_was_cut_off_while_it_was_opened_is_awaited_before_the_outer_values_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            cancel(AsyncDropGuard::init(inside.value("inner"), async |_| {
                std::future::pending::<Result<(), String>>().await
            }))
            .await;
            inside.push("body ends");
        });
        outer_waits_for_inner(&world, form.run(&world, "outer", body)).await;
    });
}

#[test]
fn what_a_panic_that_is_caught_in_the_body_dropped_is_awaited_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            let inner = inside.plain("inner");
            let broken = async {
                let _: Result<(), String> = with_async_drop!(inner, { panic!("a bug") });
            };
            let caught = AssertUnwindSafe(broken).catch_unwind().await;
            assert!(caught.is_err());
            inside.push("body ends");
        });
        outer_waits_for_inner(&world, form.run(&world, "outer", body)).await;
    });
}

#[test]
fn what_a_cleanup_hands_over_is_awaited_by_the_scope_around_it() {
    everywhere(async |world| {
        world.hold("inner");
        let inside = world.clone();
        let middle = crate::world::Custom::plain(async move {
            cancel(endless(inside.clone(), "inner")).await;
            inside.push("body ends");
        });
        let outer = world.plain("outer");
        let scope = async {
            let ended: Result<(), String> = with_async_drop!(outer, {
                // Handed over itself, so that its cleanup runs in a task.
                drop(middle.cancel_safe());
                Ok(())
            });
            ended.unwrap();
        };
        outer_waits_for_inner(&world, scope).await;
    });
}

#[test]
fn a_scope_dropped_while_it_waits_for_what_is_inside_keeps_the_order() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            cancel(endless(inside.clone(), "inner")).await;
            inside.push("body ends");
        });
        let mut scope = Box::pin(form.run(&world, "outer", body));
        tokio::select! {
            biased;
            () = &mut scope => panic!("nothing held it up: {:?}", world.log()),
            () = async {
                world.until("body ends").await;
                world.until("start inner").await;
                world.settle().await;
            } => {}
        }
        drop(scope);
        world.drained_in_order(&["inner", "outer"]).await;
    });
}
