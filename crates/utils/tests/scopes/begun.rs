//! A scope is dropped in its cleanup: the very future goes on, and what is suspended half-way waits for nobody.

use std::sync::Arc;

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::with_async_drop_2;
use tokio::sync::Mutex;

use crate::forms::{Form, in_every_form};
use crate::world::{Custom, LONG, World, cancel_at, everywhere};

/// A value that is lent to its cleanup cannot go on with the scope's future gone; its own cleanup starts again.
const LENT: [Form; 3] = [Form::Macro2, Form::Infallible, Form::Function];

#[test]
fn cut_off_cleanup_goes_on_and_starts_no_second_time() {
    in_every_form(async |form, world| {
        if LENT.contains(&form) {
            return;
        }
        world.hold("outer");
        let scope = form.run(&world, "outer", Box::pin(async {}));
        cancel_at(&world, "start outer", scope).await;
        world.release("outer");
        world.drained().await;
        assert!(world.has("end outer"), "{:?}", world.log());
    });
}

#[test]
fn cut_off_cleanup_of_a_lent_value_starts_again_in_a_task() {
    in_every_form(async |form, world| {
        if !LENT.contains(&form) {
            return;
        }
        world.hold("outer");
        let scope = form.run(&world, "outer", Box::pin(async {}));
        cancel_at(&world, "start outer", scope).await;
        world.release("outer");
        let report = world.tracker.drain(LONG).await;
        assert!(report.is_clean(), "{report}");
        assert_eq!(world.log(), ["start outer", "start outer", "end outer"]);
    });
}

#[test]
fn cleanup_that_holds_a_lock_goes_on_before_a_guard_that_wants_it() {
    everywhere(async |world| {
        let lock = Arc::new(Mutex::new(()));
        world.hold("holder");
        let (mut holder, wants) = (world.value("holder"), Arc::clone(&lock));
        let holds = Custom::plain({
            let lock = Arc::clone(&lock);
            async move {
                let _locked = lock.lock().await;
                holder.clean_up().await;
            }
        });
        let waits = world.clone();
        let whole = async {
            let scope = async {
                let ended: Result<(), String> = with_async_drop!(holds, { Ok(()) });
                ended
            };
            let mut scope = Box::pin(scope);
            // Declared later, and so dropped earlier than the scope.
            let _wants = Custom::bare(async move {
                drop(wants.lock().await);
                waits.push("had the lock");
            });
            scope.as_mut().await
        };
        cancel_at(&world, "start holder", whole).await;
        world.settle().await;
        world.release("holder");
        world.drained().await;
        assert_eq!(world.log(), ["start holder", "end holder", "had the lock"]);
    });
}

/// The two ends of a connection whose cleanups wait for each other.
fn two_ends(world: &World) -> [impl Future<Output = ()> + Send + 'static; 2] {
    let meeting = Arc::new(tokio::sync::Barrier::new(2));
    ["left", "right"].map(|name| {
        let (meeting, world) = (Arc::clone(&meeting), world.clone());
        async move {
            world.push(format_args!("start {name}"));
            world.value(name_of_gate(name)).clean_up().await;
            meeting.wait().await;
            world.push(format_args!("end {name}"));
        }
    })
}

fn name_of_gate(name: &str) -> &'static str {
    if name == "left" {
        "left gate"
    } else {
        "right gate"
    }
}

#[test]
fn two_cleanups_that_wait_for_each_other_end_when_both_are_cut_off() {
    everywhere(async |world| {
        world.hold("left gate");
        world.hold("right gate");
        let [left, right] = two_ends(&world).map(Custom::plain);
        let scope = async {
            let ended: Result<(), String> = with_async_drop!(left, right, { Ok(()) });
            ended
        };
        cancel_at(&world, "start right gate", scope).await;
        world.release("left gate");
        world.release("right gate");
        world.drained().await;
        assert!(world.has("end left") && world.has("end right"));
    });
}

#[test]
fn two_cleanups_that_wait_for_each_other_end_when_the_body_was_cut_off() {
    everywhere(async |world| {
        let [left, right] = two_ends(&world).map(Custom::plain);
        let scope = async {
            let ended: Result<(), String> = with_async_drop!(left, right, {
                world.push("in body");
                std::future::pending().await
            });
            ended
        };
        cancel_at(&world, "in body", scope).await;
        world.drained().await;
        assert!(world.has("end left") && world.has("end right"));
    });
}

#[test]
fn two_lent_values_that_wait_for_each_other_end_when_their_cleanup_was_cut_off() {
    everywhere(async |world| {
        world.hold("left gate");
        let [left, right] = two_ends(&world).map(Custom::bare);
        let scope = async {
            let ended: Result<(), String> = with_async_drop_2!(left, right, { Ok(()) });
            ended
        };
        // `Custom` goes on with its future when its cleanup is called again.
        cancel_at(&world, "start left gate", scope).await;
        world.release("left gate");
        world.drained().await;
        assert!(world.has("end left") && world.has("end right"));
    });
}

#[test]
fn the_outer_scope_waits_for_the_inner_cleanup_that_was_cut_off_with_it() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            let inner = inside.plain("inner");
            let ended: Result<(), String> = with_async_drop!(inner, { Ok(()) });
            ended.unwrap();
        });
        cancel_at(&world, "start inner", form.run(&world, "outer", body)).await;
        world.drained_in_order(&["inner", "outer"]).await;
    });
}
