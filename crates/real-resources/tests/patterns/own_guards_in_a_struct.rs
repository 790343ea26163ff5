//! Pattern "Own guards in a struct": what is open half-way is cleaned up when a step of the constructor ends it.

use std::io;

use async_drop_real_resources::{Registration, Trial, World};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropStack, with_async_drop};

#[derive(Debug, AsyncDrop)]
#[async_drop(error = io::Error)]
struct Pair {
    second: AsyncDropGuard<Registration>,
    first: AsyncDropGuard<Registration>,
}

impl Pair {
    async fn start(world: &World) -> io::Result<AsyncDropGuard<Self>> {
        AsyncDropStack::construct(async |stack| {
            let first = stack.push(Registration::plain(world, 1).await?);
            let second = stack.push(Registration::plain(world, 2).await?);
            world.work().await?;
            let (first, second) = (stack.take(first), stack.take(second));
            Ok(AsyncDropGuard::new_cancel_safe(Self { second, first }))
        })
        .await
    }

    async fn start_without_a_stack(world: &World) -> io::Result<AsyncDropGuard<Self>> {
        let first = Registration::plain(world, 1).await?;
        let second = Registration::plain(world, 2).await?;
        world.work().await?;
        Ok(AsyncDropGuard::new_cancel_safe(Self { second, first }))
    }
}

#[test]
fn a_constructor_on_a_stack_undoes_the_steps_before_the_one_that_ends_it() {
    Trial::new("construct").never_leaks(|world: World| async move {
        with_async_drop!(_pair = Pair::start(&world).await?, { world.work().await })
    });
}

#[test]
fn a_constructor_without_a_stack_drops_the_guards_that_are_there() {
    Trial::new("a plain `?`").leaks(|world: World| async move {
        with_async_drop!(_pair = Pair::start_without_a_stack(&world).await?, {
            world.work().await
        })
    });
}
