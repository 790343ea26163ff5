//! How long a scope waits for what is inside.

use std::time::{Duration, Instant};

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::limit_inner_cleanup;
use tokio::time::timeout;

use crate::forms::{endless, in_every_form};
use crate::world::{World, cancel, cancel_at, everywhere};

pub const SHORT: Duration = Duration::from_millis(20);

#[test]
fn scope_with_a_limit_goes_on_without_a_hung_cleanup_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            assert!(limit_inner_cleanup(SHORT));
            cancel(endless(inside, "inner")).await;
        });
        form.run(&world, "outer", body).await;
        assert!(world.has("end outer") && !world.has("end inner"));
        world.release("inner");
        world.drained().await;
    });
}

#[test]
fn scope_inside_that_ends_by_itself_is_awaited_beyond_the_limit_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            assert!(limit_inner_cleanup(SHORT));
            let inner = inside.plain("inner");
            let ended: Result<(), String> = with_async_drop!(inner, { Ok(()) });
            ended.unwrap();
        });
        let look = async {
            world.until("start inner").await;
            tokio::time::sleep(SHORT * 3).await;
            world.none_started(&["outer"]);
            world.release("inner");
        };
        tokio::join!(form.run(&world, "outer", body), look);
        world.assert_order("inner", "outer");
        world.drained().await;
    });
}

#[test]
fn dropped_scope_with_a_limit_goes_on_without_a_hung_cleanup_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            assert!(limit_inner_cleanup(SHORT));
            endless(inside, "inner").await;
        });
        cancel_at(&world, "in inner", form.run(&world, "outer", body)).await;
        world.until("end outer").await;
        assert!(!world.has("end inner"));
        world.release("inner");
        world.drained().await;
    });
}

#[test]
fn scope_with_a_limit_that_is_not_reached_keeps_the_order() {
    everywhere(async |world| {
        world.hold("inner");
        let outer = world.plain("outer");
        let scope = async {
            let ended: Result<(), String> = with_async_drop!(outer, {
                limit_inner_cleanup(Duration::from_secs(60));
                endless(world.clone(), "inner").await;
                Ok(())
            });
            ended
        };
        cancel_at(&world, "in inner", scope).await;
        world.drained_in_order(&["inner", "outer"]).await;
    });
}

#[test]
fn limit_holds_for_its_own_scope_only() {
    everywhere(async |world| {
        world.hold("inner");
        let (outer, middle) = (world.plain("outer"), world.plain("middle"));
        let scope = async {
            let ended: Result<(), String> = with_async_drop!(outer, {
                let ended: Result<(), String> = with_async_drop!(middle, {
                    limit_inner_cleanup(SHORT);
                    endless(world.clone(), "inner").await;
                    Ok(())
                });
                ended
            });
            ended
        };
        cancel_at(&world, "in inner", scope).await;
        world.until("end middle").await;
        world.drained_in_order(&["inner", "outer"]).await;
    });
}

#[test]
fn what_a_scope_leaves_behind_at_its_limit_is_awaited_by_the_scope_around_it_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            assert!(limit_inner_cleanup(SHORT));
            cancel(endless(inside, "inner")).await;
        });
        let outermost = world.plain("outermost");
        let scope = async {
            let ended: Result<(), String> = with_async_drop!(outermost, {
                form.run(&world, "limited", body).await;
                world.push("limited has ended");
                Ok(())
            });
            ended.unwrap();
        };
        let look = async {
            world.until("limited has ended").await;
            world.settle().await;
            world.none_started(&["outermost"]);
            world.release("inner");
        };
        tokio::join!(scope, look);
        assert!(world.has("end limited"));
        world.assert_order("inner", "outermost");
        world.drained().await;
    });
}

#[test]
fn cancellation_begins_the_limit_again() {
    everywhere(async |world| {
        const LIMIT: Duration = Duration::from_millis(200);
        world.hold("inner");
        let inside = world.clone();
        let start = Instant::now();
        let outer = world.plain("outer");
        let scope = async {
            let ended: Result<(), String> = with_async_drop!(outer, {
                limit_inner_cleanup(LIMIT);
                cancel(endless(inside, "inner")).await;
                Ok(())
            });
            ended.unwrap();
        };
        assert!(timeout(LIMIT / 2, scope).await.is_err());
        world.until("start outer").await;
        assert!(start.elapsed() >= LIMIT / 2 + LIMIT);
        world.release("inner");
        world.drained().await;
    });
}

#[test]
fn outside_of_a_body_there_is_nothing_to_limit() {
    everywhere(async |_: World| assert!(!limit_inner_cleanup(SHORT)));
}
