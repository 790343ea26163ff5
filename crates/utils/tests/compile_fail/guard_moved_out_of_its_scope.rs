//! The guard is the scope's for as long as its body runs, in each of the macros.

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::{
    AsyncDropDeferred, AsyncDropGuard, with_async_drop_2, with_async_drop_2_infallible,
};

type Guard<E> = AsyncDropGuard<AsyncDropDeferred<E>>;

async fn cancel_safe(guard: Guard<()>) -> Result<(), ()> {
    with_async_drop!(guard, {
        drop(guard);
        Ok(())
    })
}

async fn as_it_is(guard: Guard<()>) -> Result<(), ()> {
    with_async_drop_2!(guard, {
        drop(guard);
        Ok(())
    })
}

async fn infallible(guard: Guard<std::convert::Infallible>) {
    with_async_drop_2_infallible!(guard, { drop(guard) });
}

fn main() {}
