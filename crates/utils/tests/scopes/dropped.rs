//! A scope is dropped in its body.

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::{AsyncDropGuard, open_all};

use crate::forms::{FORMS, Form, endless, in_every_form};
use crate::world::{Value, World, cancel_at, everywhere};

#[test]
fn what_is_inside_is_cleaned_up_before_the_scopes_own_values_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let body = Box::pin(endless(world.clone(), "inner"));
        cancel_at(&world, "in inner", form.run(&world, "outer", body)).await;
        world.drained_in_order(&["inner", "outer"]).await;
    });
}

#[test]
fn aborted_task_is_cleaned_up_from_the_inside_to_the_outside_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let task = tokio::spawn(world.tracker.scope(async move {
            let body = Box::pin(endless(inside.clone(), "inner"));
            form.run(&inside, "outer", body).await;
        }));
        world.until("in inner").await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        world.drained_in_order(&["inner", "outer"]).await;
    });
}

#[test]
fn opening_that_is_cut_off_with_the_scope_is_finished_and_cleaned_up_before_the_scopes_own_values()
{
    in_every_form(async |form, world| {
        world.hold("opening");
        let inside = world.clone();
        let body = Box::pin(async move {
            let (made, mut opening) = (inside.plain("inner"), inside.value("opening"));
            let acquired = AsyncDropGuard::acquire(async move {
                opening.clean_up().await;
                Ok::<_, String>(made)
            });
            drop(acquired.await);
        });
        cancel_at(&world, "start opening", form.run(&world, "outer", body)).await;
        world.drained_in_order(&["opening", "inner", "outer"]).await;
    });
}

#[test]
fn forms_nest_in_each_other() {
    for outer in FORMS {
        for middle in FORMS {
            everywhere(async |world| {
                println!("{middle:?} in {outer:?}");
                let inside = world.clone();
                let body = Box::pin(async move {
                    let body = Box::pin(endless(inside.clone(), "inner"));
                    // Boxed, since the future of a scope in a scope of any form has no end to its type.
                    let middle: crate::forms::Body = Box::pin(run(middle, inside, body));
                    middle.await;
                });
                cancel_at(&world, "in inner", outer.run(&world, "outer", body)).await;
                world.drained().await;
                world.assert_order("inner", "middle");
                world.assert_order("middle", "outer");
            });
        }
    }
}

async fn run(form: Form, world: World, body: crate::forms::Body) {
    form.run(&world, "middle", body).await;
}

#[test]
fn own_values_of_one_scope_are_cleaned_up_concurrently_after_what_is_inside() {
    everywhere(async |world| {
        for name in ["inner", "a", "b"] {
            world.hold(name);
        }
        let (a, b) = (world.plain("a"), world.plain("b"));
        let scope = async {
            let ended: Result<(), String> = with_async_drop!(a, b, {
                endless(world.clone(), "inner").await;
                Ok(())
            });
            ended
        };
        cancel_at(&world, "in inner", scope).await;
        world.until("start inner").await;
        world.settle().await;
        world.none_started(&["a", "b"]);
        world.release("inner");
        world.drained_side_by_side(&["a", "b"]).await;
    });
}

#[test]
fn own_values_of_a_scope_over_cancel_safe_guards_are_cleaned_up_concurrently() {
    everywhere(async |world| {
        world.hold("a");
        world.hold("b");
        let (a, b) = (world.bare("a"), world.bare("b"));
        let scope = async {
            let ended: Result<(), String> = async_drop_utils::with_async_drop_2!(a, b, {
                world.push("in body");
                std::future::pending().await
            });
            ended
        };
        cancel_at(&world, "in body", scope).await;
        world.drained_side_by_side(&["a", "b"]).await;
    });
}

#[test]
fn values_that_open_all_has_are_cleaned_up_concurrently() {
    everywhere(async |world| {
        world.hold("a");
        world.hold("b");
        let opening = open_all((
            async { Ok(world.plain("a")) },
            async { Ok(world.plain("b")) },
            async {
                world.push("in body");
                std::future::pending::<Result<AsyncDropGuard<Value>, String>>().await
            },
        ));
        cancel_at(&world, "in body", opening).await;
        world.drained_side_by_side(&["a", "b"]).await;
    });
}

#[test]
fn nesting_600_levels_deep_fits_a_stack_of_2_mib() {
    const LEVELS: usize = 600;

    fn nested(world: World, level: usize) -> crate::forms::Body {
        Box::pin(async move {
            if level == LEVELS {
                world.push("in body");
                return std::future::pending().await;
            }
            let guard = AsyncDropGuard::new(Numbered(level, world.clone()));
            let never: Result<(), String> = with_async_drop!(guard, {
                nested(world, level + 1).await;
                Ok(())
            });
            never.unwrap();
        })
    }

    let run = || {
        everywhere(async |world| {
            cancel_at(&world, "in body", nested(world.clone(), 0)).await;
            let report = world.tracker.drain(crate::world::LONG).await;
            assert!(report.is_clean(), "{report}");
            let ends = world.log().into_iter().filter(|line| line != "in body");
            let expected = (0..LEVELS).rev().map(|level| level.to_string());
            assert!(ends.eq(expected), "not from the inside to the outside");
        });
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    thread.spawn(run).unwrap().join().unwrap();
}

#[derive(Debug)]
struct Numbered(usize, World);

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

#[async_trait::async_trait]
impl async_drop_utils::AsyncDrop for Numbered {
    type Error = String;

    async fn async_drop_impl(&mut self) -> Result<(), String> {
        tokio::task::yield_now().await;
        self.1.push(self.0);
        Ok(())
    }
}
