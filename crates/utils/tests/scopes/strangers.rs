//! Tasks in a body are no part of its scope, but for those of an `AsyncDropTaskGroup`.

use async_drop_utils::async_drop::with_async_drop;
use tokio::task::LocalSet;

use crate::forms::{Form, endless, in_every_form};
use crate::world::{World, cancel, everywhere};

/// In a scope, runs `stranger` until its cleanup has started and never lets it end; the scope must end all the same.
async fn scope_ends_without(world: &World, form: Form, stranger: impl FnOnce() + Send + 'static) {
    world.hold("stranger");
    let inside = world.clone();
    let body = Box::pin(async move {
        stranger();
        inside.until("start stranger").await;
    });
    form.run(world, "outer", body).await;
    assert!(world.has("end outer") && !world.has("end stranger"));
    world.release("stranger");
    world.drained().await;
}

#[test]
fn spawned_task_is_no_part_of_the_scope() {
    in_every_form(async |form, world| {
        let (tracker, inside) = (world.tracker.clone(), world.clone());
        let spawn = move || {
            let guard = inside.bare("stranger");
            tokio::spawn(tracker.scope(async move { drop(guard) }));
        };
        scope_ends_without(&world, form, spawn).await;
    });
}

#[test]
fn blocking_task_is_no_part_of_the_scope() {
    everywhere(async |world| {
        // The tracker's scope is no part of the blocking thread either; so the world itself says when it has ended.
        let inside = world.clone();
        let outer = world.plain("outer");
        world.hold("stranger");
        let ended: Result<(), String> = with_async_drop!(outer, {
            let guard = inside.bare("stranger");
            tokio::task::spawn_blocking(move || drop(guard))
                .await
                .unwrap();
            inside.until("start stranger").await;
            Ok(())
        });
        ended.unwrap();
        assert!(world.has("end outer") && !world.has("end stranger"));
        world.release("stranger");
        world.until("end stranger").await;
    });
}

#[test]
fn tasks_of_a_local_set_that_the_body_polls_are_no_part_of_the_scope() {
    everywhere(async |world| {
        world.hold("stranger");
        let outer = world.plain("outer");
        let local = LocalSet::new();
        let ended: Result<(), String> = with_async_drop!(outer, {
            local
                .run_until(async {
                    let inside = world.clone();
                    let task = tokio::task::spawn_local(async move {
                        cancel(endless(inside.clone(), "stranger")).await;
                        drop(inside.bare("another stranger"));
                    });
                    task.await.unwrap();
                })
                .await;
            world.until("start stranger").await;
            Ok(())
        });
        ended.unwrap();
        assert!(world.has("end outer") && !world.has("end stranger"));
        world.release("stranger");
        world.drained().await;
    });
}

#[test]
fn local_set_dropped_with_the_body_drops_strangers() {
    everywhere(async |world| {
        world.hold("stranger");
        let outer = world.plain("outer");
        let scope = async {
            let local = LocalSet::new();
            let ended: Result<(), String> = with_async_drop!(outer, {
                local.spawn_local(world.tracker.scope(endless(world.clone(), "stranger")));
                // Dropped with the body.
                let local = local;
                local.run_until(std::future::pending()).await
            });
            ended
        };
        crate::world::cancel_at(&world, "in stranger", scope).await;
        world.until("end outer").await;
        world.release("stranger");
        world.drained().await;
    });
}

#[test]
fn group_waits_for_what_its_tasks_handed_over() {
    everywhere(async |world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            drop(inside.bare("inner"));
            inside.push("body ends");
        });
        let scope = Form::GroupTask.run(&world, "outer", body);
        let watch = async {
            world.until("body ends").await;
            world.settle().await;
            assert!(!world.started("outer"), "{:?}", world.log());
            world.release("inner");
        };
        tokio::join!(scope, watch);
        world.assert_order("inner", "outer");
    });
}
