//! Members cleaned up by a derived implementation.

use async_drop_utils::testing::InjectedFault;
use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropStack, with_async_drop};

use crate::resource::{Fallible, Guards, Resource};

#[derive(Debug, AsyncDrop)]
struct InOrder {
    first: AsyncDropGuard<Resource>,
    spare: Option<AsyncDropGuard<Resource>>,
    others: Vec<AsyncDropGuard<Resource>>,
}

pub async fn a_derived_cleanup_in_order_survives(guards: Guards) -> Fallible {
    let value = AsyncDropStack::construct(async |stack| {
        let first = stack.push(guards.open().await?);
        let spare = stack.push(guards.open().await?);
        let other = stack.push(guards.open().await?);
        Ok::<_, InjectedFault>(AsyncDropGuard::new(InOrder {
            first: stack.take(first),
            spare: Some(stack.take(spare)),
            others: vec![stack.take(other)],
        }))
    })
    .await?;
    with_async_drop!(value, {
        value.first.use_it().await?;
        assert!(value.spare.is_some());
        value.others[0].use_it().await
    })
}

#[derive(Debug, AsyncDrop)]
#[async_drop(concurrent)]
struct Concurrent {
    first: AsyncDropGuard<Resource>,
    second: AsyncDropGuard<Resource>,
}

pub async fn a_derived_concurrent_cleanup_survives(guards: Guards) -> Fallible {
    let first = guards.open().await?;
    let second = guards.open().await?;
    let value = AsyncDropGuard::new(Concurrent { first, second });
    with_async_drop!(value, {
        value.first.use_it().await?;
        value.second.use_it().await
    })
}
