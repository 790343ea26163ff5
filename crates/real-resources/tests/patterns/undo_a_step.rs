//! Pattern "Undo a step": a step that no value stands for.

use std::io;
use std::sync::Arc;

use async_drop_real_resources::{Trial, Wire, World, ask};
use async_drop_utils::{AsyncDropStack, with_async_drop};

#[test]
fn an_undo_deferred_before_the_step_runs_whoever_is_gone_before_the_answer() {
    Trial::new("defer before").never_leaks(|world: World| async move {
        let wire = Wire::connect(world.server).await?.shared();
        let undo = AsyncDropStack::<io::Error>::new();
        with_async_drop!(undo, {
            let (withdraw, name) = (Arc::clone(&wire), world.mark.clone());
            undo.defer(async move || ask(&withdraw, "WITHDRAW", &name).await);
            ask(&wire, "REGISTER", &world.mark).await?;
            ask(&wire, "ECHO", "work").await
        })
    });
}

#[test]
fn an_undo_deferred_behind_the_step_is_missed_by_who_is_gone_before_the_answer() {
    Trial::new("defer behind")
        .copies(8)
        .leaks(|world: World| async move {
            let wire = Wire::connect(world.server).await?.shared();
            let undo = AsyncDropStack::<io::Error>::new();
            with_async_drop!(undo, {
                ask(&wire, "REGISTER", &world.mark).await?;
                let (withdraw, name) = (Arc::clone(&wire), world.mark.clone());
                undo.defer(async move || ask(&withdraw, "WITHDRAW", &name).await);
                ask(&wire, "ECHO", "work").await
            })
        });
}
