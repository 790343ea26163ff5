//! Pattern "Open at once": values that do not need each other.

use std::io;

use async_drop_real_resources::{Registration, Trial, Wire, World};
use async_drop_utils::{AsyncDropGuard, open_all, with_async_drop};

/// Registers one of a program's names without a guard before the answer.
async fn register_then_guard(
    world: World,
    name: usize,
) -> io::Result<AsyncDropGuard<Registration>> {
    let wire = Wire::connect(world.server).await?.shared();
    Registration::open_then_guard(wire, format!("{}-{name}", world.mark)).await
}

#[test]
fn what_is_opened_at_once_is_cleaned_up_when_one_fails_or_all_are_cut_off() {
    Trial::new("open_all").never_leaks(|world: World| async move {
        let (first, second) =
            open_all((Registration::of(&world, 1), Registration::of(&world, 2))).await?;
        with_async_drop!(first, second, { world.work().await })
    });
}

#[test]
fn try_join_loses_nothing_where_the_guards_are_cancel_safe() {
    Trial::new("try_join").never_leaks(|world: World| async move {
        let (first, ()) = tokio::try_join!(Registration::of(&world, 1), world.work())?;
        with_async_drop!(first, { world.work().await })
    });
}

#[test]
fn constructors_that_grant_before_they_guard_lose_what_open_all_cuts_off() {
    Trial::new("open_all of late guards")
        .copies(8)
        .leaks(|world: World| async move {
            let (one, other) = (world.clone(), world.clone());
            let (first, second) =
                open_all((register_then_guard(one, 1), register_then_guard(other, 2))).await?;
            with_async_drop!(first, second, { world.work().await })
        });
}

#[test]
fn acquire_mends_constructors_that_grant_before_they_guard() {
    Trial::new("open_all of acquire").never_leaks(|world: World| async move {
        let late = |name| AsyncDropGuard::acquire(register_then_guard(world.clone(), name));
        let (first, second) = open_all((late(1), late(2))).await?;
        with_async_drop!(first, second, { world.work().await })
    });
}

#[test]
fn try_join_drops_the_plain_guard_that_it_already_has() {
    Trial::new("try_join of plain guards").leaks(|world: World| async move {
        let (first, second) = tokio::try_join!(
            Registration::plain(&world, 1),
            Registration::plain(&world, 2)
        )?;
        with_async_drop!(first, second, { world.work().await })
    });
}
