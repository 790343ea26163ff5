//! Different cancellations, of one task or of several.

use crate::forms::{endless, in_every_form};
use crate::world::{World, cancel, everywhere};

async fn hold_bare(world: &World, name: &'static str) {
    let _guard = world.bare(name);
    std::future::pending::<()>().await;
}

#[test]
fn a_later_cancellation_of_bare_guards_in_the_same_task_waits_for_no_earlier_one() {
    everywhere(async |world| {
        world.hold("first");
        cancel(hold_bare(&world, "first")).await;
        world.until("start first").await;
        cancel(hold_bare(&world, "second")).await;
        world.until("end second").await;
        world.release("first");
        world.drained().await;
    });
}

#[test]
fn cancellations_in_one_poll_of_a_task_are_told_apart() {
    everywhere(async |world| {
        world.hold("first");
        let both = async {
            cancel(hold_bare(&world, "first")).await;
            cancel(hold_bare(&world, "second")).await;
        };
        both.await;
        world.until("end second").await;
        world.release("first");
        world.drained().await;
    });
}

#[test]
fn a_later_cancellation_of_a_scope_waits_for_no_earlier_one() {
    everywhere(async |world| {
        world.hold("first");
        cancel(endless(world.clone(), "first")).await;
        cancel(endless(world.clone(), "second")).await;
        world.until("end second").await;
        world.release("first");
        world.drained().await;
    });
}

#[test]
fn cancellations_inside_of_a_scope_are_independent_of_each_other_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("first");
        let inside = world.clone();
        let body = Box::pin(async move {
            cancel(hold_bare(&inside, "first")).await;
            cancel(hold_bare(&inside, "second")).await;
            inside.until("end second").await;
            assert!(!inside.has("end first"));
            inside.release("first");
        });
        form.run(&world, "outer", body).await;
        world.drained().await;
        world.assert_order("first", "outer");
    });
}

#[test]
fn a_hung_cleanup_of_one_task_holds_up_no_other_task() {
    everywhere(async |world| {
        world.hold("first");
        for name in ["first", "second"] {
            let guard = world.bare(name);
            let task = tokio::spawn(world.tracker.scope(async move { drop(guard) }));
            task.await.unwrap();
        }
        world.until("end second").await;
        world.release("first");
        world.drained().await;
    });
}
