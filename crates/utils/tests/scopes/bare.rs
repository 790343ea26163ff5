//! Bare guards dropped by one cancellation.

use async_drop_utils::AsyncDropStack;
use async_drop_utils::async_drop::with_async_drop;

use crate::forms::{Form, endless, in_every_form};
use crate::world::{Custom, cancel_at, everywhere};

#[test]
fn bare_guards_are_cleaned_up_innermost_first_one_after_the_other() {
    everywhere(async |world| {
        world.hold("inner");
        let whole = async {
            let _outer = world.bare("outer");
            let _middle = world.bare("middle");
            let inner = async {
                let _inner = world.bare("inner");
                world.push("in body");
                std::future::pending::<()>().await;
            };
            inner.await;
        };
        cancel_at(&world, "in body", whole).await;
        world.drained_in_order(&["inner", "middle", "outer"]).await;
    });
}

#[test]
fn bare_guard_waits_for_the_scope_that_the_same_cancellation_dropped() {
    everywhere(async |world| {
        world.hold("inner");
        let whole = async {
            let _outer = world.bare("outer");
            endless(world.clone(), "inner").await;
        };
        cancel_at(&world, "in inner", whole).await;
        world.drained_in_order(&["inner", "outer"]).await;
    });
}

#[test]
fn scope_does_not_wait_for_a_bare_guard_beside_it() {
    everywhere(async |world| {
        world.hold("bare");
        let beside = async {
            let _bare = world.bare("bare");
            std::future::pending::<()>().await;
        };
        let whole = async { tokio::join!(beside, endless(world.clone(), "scope")) };
        cancel_at(&world, "in scope", whole).await;
        world.until("end scope").await;
        world.until("start bare").await;
        world.release("bare");
        world.drained().await;
    });
}

#[test]
fn bare_guards_in_a_scope_keep_their_order_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            let _middle = inside.bare("middle");
            let _inner = inside.bare("inner");
            inside.push("in body");
            std::future::pending::<()>().await;
        });
        cancel_at(&world, "in body", form.run(&world, "outer", body)).await;
        world.drained_in_order(&["inner", "middle", "outer"]).await;
    });
}

#[test]
fn stack_dropped_armed_unwinds_last_in_first_out_wherever_it_is() {
    everywhere(async |world| {
        for lent in [false, true] {
            let [first, last] = if lent {
                ["first lent", "last lent"]
            } else {
                ["first", "last"]
            };
            world.hold(last);
            let stack = || {
                let mut stack = AsyncDropStack::<String>::new();
                stack.push(world.bare(first));
                stack.push(world.bare(last));
                stack
            };
            let entry = format!("with {last}");
            let whole = async {
                let stack = stack();
                if !lent {
                    let _stack = stack;
                    world.push(&entry);
                    return std::future::pending().await;
                }
                let never: Result<(), String> = async_drop_utils::with_async_drop_2!(stack, {
                    world.push(&entry);
                    std::future::pending().await
                });
                never.unwrap();
            };
            cancel_at(&world, &entry, whole).await;
            world.drained_in_order(&[last, first]).await;
        }
    });
}

#[test]
fn map_dropped_armed_is_cleaned_up_concurrently_after_what_is_inside() {
    everywhere(async |world| {
        for name in ["inner", "a", "b"] {
            world.hold(name);
        }
        let whole = async {
            let mut map = async_drop_utils::AsyncDropHashMap::new();
            map.try_insert(1, world.bare("a")).unwrap();
            map.try_insert(2, world.bare("b")).unwrap();
            let _map = map;
            endless(world.clone(), "inner").await;
        };
        cancel_at(&world, "in inner", whole).await;
        world.settle().await;
        world.none_started(&["a", "b"]);
        world.release("inner");
        world.drained_side_by_side(&["a", "b"]).await;
    });
}

#[test]
fn ten_thousand_bare_guards_of_one_cancellation_share_a_task() {
    everywhere(async |world| {
        let before = tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks();
        let whole = async {
            let _guards: Vec<_> = (0..10_000).map(|_| Custom::bare(async {})).collect();
            world.push("in body");
            std::future::pending::<()>().await;
        };
        cancel_at(&world, "in body", whole).await;
        let after = tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks();
        assert!(after <= before + 1, "{} tasks", after - before);
        world.drained().await;
    });
}

#[test]
fn guard_dropped_by_an_early_exit_waits_for_nothing_of_an_earlier_cancellation() {
    everywhere(async |world| {
        world.hold("first");
        let first = world.plain("first");
        let scope = async {
            let never: Result<(), String> =
                with_async_drop!(first, { std::future::pending().await });
            never
        };
        crate::world::cancel(scope).await;
        world.until("start first").await;
        drop(world.bare("second"));
        world.until("end second").await;
        world.release("first");
        world.drained().await;
    });
}

#[test]
fn scope_waits_for_nothing_that_its_task_dropped_earlier() {
    everywhere(async |world| {
        world.hold("bare");
        // Made before, so that nothing of this library runs here between the cancellations.
        let (bare, plain) = (world.bare("bare"), world.plain("scope"));
        crate::world::cancel(async move {
            let _bare = bare;
            std::future::pending::<()>().await;
        })
        .await;
        world.until("start bare").await;
        crate::world::cancel(async move {
            let never: Result<(), String> =
                with_async_drop!(plain, { std::future::pending().await });
            never
        })
        .await;
        world.until("end scope").await;
        world.release("bare");
        world.drained().await;
    });
}

/// Makes a guard and drops it, while it is dropped itself.
struct MakesOne(Option<crate::world::World>);

impl Drop for MakesOne {
    fn drop(&mut self) {
        if let Some(world) = self.0.take() {
            drop(world.bare("made by a drop"));
        }
    }
}

#[test]
fn in_a_scope_bare_guards_keep_their_order_also_around_a_drop_that_makes_one() {
    in_every_form(async |form, world| {
        if form == Form::GroupTask {
            return; // the body is a task's, which is in the group's scope and has none of its own
        }
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            let _middle = inside.bare("middle");
            let _makes = MakesOne(Some(inside.clone()));
            let _inner = inside.bare("inner");
            inside.push("in body");
            std::future::pending::<()>().await;
        });
        cancel_at(&world, "in body", form.run(&world, "outer", body)).await;
        let order = ["inner", "made by a drop", "middle", "outer"];
        world.drained_in_order(&order).await;
    });
}
