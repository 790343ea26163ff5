//! A body has given a guard while its scope still waits or cleans up: dropped there, the guard is cleaned up behind the scope.

use std::pin::Pin;

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::{
    AsyncDropGuard, AsyncDropStack, AsyncDropTaskGroup, limit_inner_cleanup, open_all,
    with_async_drop_2, with_async_drop_2_infallible,
};

use crate::forms::{Form, Unfailing, endless};
use crate::limits::SHORT;
use crate::world::{LONG, Value, World, cancel, cancel_at, everywhere};

type Given = Result<AsyncDropGuard<Value>, String>;

/// Runs `body` in a scope of this form, whose own value is named `outer`, and gives what it gives.
async fn give(
    form: Form,
    world: &World,
    outer: &'static str,
    body: Pin<Box<dyn Future<Output = AsyncDropGuard<Value>> + Send>>,
) -> Given {
    let guard = world.plain(outer);
    match form {
        Form::Macro => with_async_drop!(guard, { Ok(body.await) }),
        Form::Macro2 => {
            let guard = guard.cancel_safe();
            with_async_drop_2!(guard, { Ok(body.await) })
        }
        Form::Infallible => {
            let guard = guard.map_unsafe(Unfailing).cancel_safe();
            Ok(with_async_drop_2_infallible!(guard, { body.await }))
        }
        Form::Function => {
            let body = async |_: &mut Value| Ok(body.await);
            async_drop_utils::with_async_drop(guard.cancel_safe(), body).await
        }
        Form::Stack => {
            let stack = AsyncDropStack::<String>::new();
            with_async_drop!(stack, {
                stack.push(guard);
                Ok(body.await)
            })
        }
        Form::Construct => {
            let built = AsyncDropStack::construct(async |stack| {
                stack.push(guard);
                Ok(body.await)
            });
            built.await
        }
        Form::GroupBody => {
            let group = AsyncDropTaskGroup::<Value, (), String>::new(guard);
            with_async_drop!(group, { Ok(body.await) })
        }
        Form::OpenAll | Form::GroupTask => unreachable!("they give no guard of a body"),
    }
}

/// Runs `scenario` with every form whose body can give a guard, everywhere.
fn in_every_giving_form(scenario: impl AsyncFn(Form, World)) {
    let forms = crate::forms::FORMS.into_iter();
    for form in forms.filter(|form| !matches!(form, Form::OpenAll | Form::GroupTask)) {
        everywhere(async |world| {
            println!("{form:?}");
            scenario(form, world).await;
        });
    }
}

#[test]
fn what_a_body_has_given_is_cleaned_up_behind_the_scope_that_still_waited_for_what_is_inside() {
    in_every_giving_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            cancel(endless(inside.clone(), "inner")).await;
            inside.push("given");
            inside.bare("given")
        });
        let outermost = world.plain("outermost");
        let scope = async {
            let given: Given =
                with_async_drop!(outermost, { give(form, &world, "outer", body).await });
            given
        };
        cancel_at(&world, "given", scope).await;
        let order = ["inner", "outer", "given", "outermost"];
        world.drained_in_order(&order).await;
    });
}

#[test]
fn what_a_body_has_given_is_cleaned_up_behind_the_cleanup_in_which_the_scope_was_cut_off() {
    in_every_giving_form(async |form, world| {
        world.hold("outer");
        let given = world.bare("given");
        let scope = give(form, &world, "outer", Box::pin(async { given }));
        cancel_at(&world, "start outer", scope).await;
        world.settle().await;
        world.none_started(&["given"]);
        world.release("outer");
        let report = world.tracker.drain(LONG).await;
        assert!(report.is_clean(), "{report}");
        world.assert_order("outer", "given");
    });
}

#[test]
fn what_a_body_has_given_waits_for_the_scope_and_no_longer_for_what_is_inside_than_its_limit() {
    in_every_giving_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let body = Box::pin(async move {
            limit_inner_cleanup(SHORT);
            cancel(endless(inside.clone(), "inner")).await;
            inside.push("given");
            inside.bare("given")
        });
        cancel_at(&world, "given", give(form, &world, "outer", body)).await;
        world.until("end given").await;
        assert!(!world.has("end inner"));
        world.assert_order("outer", "given");
        world.release("inner");
        world.drained().await;
    });
}

#[test]
fn plain_value_of_a_constructor_that_still_waits_is_cleaned_up_behind_its_stack() {
    everywhere(async |world| {
        world.hold("inner");
        let constructor = AsyncDropStack::<String>::construct(async |stack| {
            stack.push(world.plain("below"));
            stack.push(world.plain("above"));
            cancel(endless(world.clone(), "inner")).await;
            world.push("built");
            Ok(world.plain("value"))
        });
        cancel_at(&world, "built", constructor).await;
        world
            .drained_in_order(&["inner", "above", "below", "value"])
            .await;
    });
}

#[test]
fn guards_that_have_been_opened_at_once_are_cleaned_up_behind_what_is_inside() {
    everywhere(async |world| {
        world.hold("inner");
        let opens = async {
            cancel(endless(world.clone(), "inner")).await;
            world.push("opened");
            Ok::<_, String>(world.plain("first"))
        };
        let opening = open_all((opens, async { Ok(world.plain("second")) }));
        cancel_at(&world, "opened", opening).await;
        world.drained_in_order(&["inner", "first"]).await;
        world.assert_order("inner", "second");
    });
}
