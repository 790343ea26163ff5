//! Pattern "Open once for many": a lease that the server grants once.

use std::io;

use async_drop_real_resources::{Lease, Trial, World};
use async_drop_utils::{AsyncDropGuard, AsyncDropResult, AsyncDropShared, with_async_drop};

async fn acquire(world: &World) -> io::Result<AsyncDropGuard<Lease>> {
    let lease = Lease::acquire(world.server, &world.mark).await;
    if let Err(error) = &lease
        && error.to_string().contains("is taken")
    {
        world
            .seen
            .tell("somebody asked for the lease again".to_owned());
    }
    lease
}

#[test]
fn what_is_opened_once_for_many_is_cleaned_up_by_the_last() {
    Trial::new("shared").never_leaks(|world: World| async move {
        let opening = world.clone();
        let open = async move { AsyncDropResult::new(acquire(&opening).await) };
        let first = AsyncDropShared::new(open);
        let second = AsyncDropShared::clone(&first);
        with_async_drop!(first, second, {
            let (a, b) = tokio::join!(&mut *first, &mut *second);
            with_async_drop!(a, b, {
                match a.as_inner() {
                    Ok(_) => world.work().await,
                    Err(error) => Err(io::Error::other(error.to_string())),
                }
            })
        })
    });
}

#[test]
fn whoever_opens_for_himself_is_refused() {
    Trial::new("each by himself").leaks(|world: World| async move {
        let use_it =
            async || with_async_drop!(_lease = acquire(&world).await?, { world.work().await });
        tokio::try_join!(use_it(), use_it()).map(drop)
    });
}
