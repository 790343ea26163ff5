//! Panics: in a body, in a cleanup, in the drop of a plain guard.

use std::panic::{AssertUnwindSafe, catch_unwind};

use async_drop_utils::async_drop::with_async_drop;
use futures_util::future::join_all;

use crate::forms::{Body, endless, in_every_form};
use crate::world::{Custom, LONG, World, cancel_at, everywhere};

#[test]
fn panicking_body_is_cleaned_up_from_the_inside_to_the_outside_in_every_form() {
    in_every_form(async |form, world| {
        world.hold("inner");
        let inside = world.clone();
        let task = tokio::spawn(world.tracker.scope(async move {
            let deeper = inside.clone();
            let body = Box::pin(async move {
                let inner = deeper.plain("inner");
                let never: Result<(), String> = with_async_drop!(inner, {
                    deeper.push("in body");
                    panic!("a bug")
                });
                never.unwrap();
            });
            form.run(&inside, "outer", body).await;
        }));
        world.until("start inner").await;
        world.settle().await;
        assert!(!world.started("outer"), "{:?}", world.log());
        world.release("inner");
        assert!(task.await.unwrap_err().is_panic());
        world.drained().await;
        world.assert_order("inner", "outer");
    });
}

#[test]
fn plain_guard_that_panics_in_the_drop_of_a_body_takes_nothing_with_it() {
    in_every_form(async |form, world| {
        let inside = world.clone();
        let body: Body = Box::pin(async move {
            let _forgotten = inside.plain("forgotten");
            endless(inside, "inner").await;
        });
        let mut scope = Box::pin(form.run(&world, "outer", body));
        tokio::select! {
            biased;
            () = &mut scope => unreachable!(),
            () = world.until("in inner") => {}
        }
        // In a group's task, the panic stays with the task.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(scope)));
        world.drained().await;
        world.assert_order("inner", "outer");
        // The frames are as they were: a scope after it works.
        cancel_at(&world, "in next", endless(world.clone(), "next")).await;
        world.drained().await;
        assert!(world.has("end next"));
    });
}

#[test]
fn panicking_cleanup_takes_no_other_with_it() {
    everywhere(async |world| {
        let broken = |_| async {
            let inner = Custom::plain(async { panic!("a bug") });
            let never: Result<(), String> =
                with_async_drop!(inner, { std::future::pending().await });
            never
        };
        let outer = world.plain("outer");
        let whole = async {
            let _bare = world.bare("bare");
            let never: Result<(), String> = with_async_drop!(outer, {
                let beside = endless(world.clone(), "beside");
                tokio::join!(join_all((0..3).map(broken)), beside);
                Ok(())
            });
            never
        };
        cancel_at(&world, "in beside", whole).await;
        let report = world.tracker.drain(LONG).await;
        assert_eq!(report.failed.len(), 3, "{report}");
        assert!(report.failed[0].error.starts_with("panicked: a bug"));
        for name in ["beside", "outer", "bare"] {
            assert!(world.has(&format!("end {name}")), "{:?}", world.log());
        }
    });
}

#[test]
fn runtime_that_shuts_down_under_a_tree_drops_all_of_it_and_panics_nowhere_twice() {
    for multi in [false, true] {
        let world = World::new();
        let mut builder = if multi {
            tokio::runtime::Builder::new_multi_thread()
        } else {
            tokio::runtime::Builder::new_current_thread()
        };
        let runtime = builder.enable_all().build().unwrap();
        for name in ["a", "b", "c"] {
            world.hold(name);
        }
        let outer = world.plain("outer");
        runtime.block_on(world.tracker.scope(async {
            let scope = async {
                let never: Result<(), String> = with_async_drop!(outer, {
                    let inner = ["a", "b", "c"].map(|name| endless(world.clone(), name));
                    join_all(inner).await;
                    Ok(())
                });
                never
            };
            cancel_at(&world, "in c", scope).await;
            world.until("start c").await;
        }));
        assert_eq!(world.tracker.outstanding(), 4);
        drop(runtime);
        assert_eq!(
            world.tracker.outstanding(),
            0,
            "abandoned, and off the books"
        );
        assert!(!world.started("outer"));
    }
}
