//! The ways to have a guard cleaned up.

use std::convert::Infallible;
use std::fmt::Debug;
use std::future::Ready;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::Pin;

use async_drop_utils::{
    AsyncDrop, AsyncDropArc, AsyncDropDeferred, AsyncDropGuard, AsyncDropHashMap, AsyncDropResult,
    AsyncDropShared, AsyncDropStack, AsyncDropTaskGroup, AsyncDropTokioMutex, AsyncDropTokioRwLock,
    async_drop_concurrently, async_drop_in_order, closing, flatten_async_drop, open_all,
    with_async_drop, with_async_drop_2, with_async_drop_2_infallible,
};
use futures_util::FutureExt;
use tokio::task::yield_now;

use super::common::{Infallible as EndsWell, Log};

/// Logs its cleanup and its drop; the cleanup panics, at once or after some awaits.
#[derive(Debug)]
pub struct Breaks {
    pub log: Log,
    pub awaits: usize,
}

async fn break_down(log: &Log, awaits: usize) -> Result<(), Infallible> {
    log.push("cleanup");
    for _ in 0..awaits {
        yield_now().await;
    }
    panic!("the cleanup breaks");
}

#[async_trait::async_trait]
impl AsyncDrop for Breaks {
    type Error = Infallible;

    async fn async_drop_impl(&mut self) -> Result<(), Infallible> {
        break_down(&self.log, self.awaits).await
    }
}

impl Drop for Breaks {
    fn drop(&mut self) {
        self.log.push("drop");
    }
}

pub type Guard = AsyncDropGuard<Breaks>;
pub type Form = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What an opening or a body fails with.
#[derive(Debug)]
struct Failed;

impl From<Infallible> for Failed {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

pub fn cleaned_up<T>(mut guard: AsyncDropGuard<T>) -> Form
where
    T: AsyncDrop + Debug + Send + 'static,
{
    Box::pin(async move { drop(guard.async_drop().await) })
}

#[cfg(feature = "derive")]
#[derive(Debug, AsyncDrop)]
struct Derived {
    member: AsyncDropGuard<Breaks>,
}

/// A member whose owner awaits its cleanup in its own.
#[derive(Debug)]
pub struct ByHand<T: Debug> {
    pub member: AsyncDropGuard<T>,
    pub next: AsyncDropGuard<EndsWell>,
}

#[async_trait::async_trait]
impl<T: AsyncDrop<Error = Infallible> + Debug + Send> AsyncDrop for ByHand<T> {
    type Error = Infallible;

    async fn async_drop_impl(&mut self) -> Result<(), Infallible> {
        self.member.async_drop().await?;
        self.next.async_drop().await
    }
}

type CleanUp = fn(Guard) -> Form;

/// Each way to have a guard cleaned up, and its name.
pub const FORMS: &[(&str, CleanUp)] = &[
    ("a bare guard", |guard| cleaned_up(guard)),
    ("a boxed value", |guard| {
        cleaned_up(guard.into_box().cancel_safe())
    }),
    ("with_async_drop!", |guard| {
        Box::pin(async {
            let Ok(()): Result<(), Infallible> = with_async_drop!(guard, { Ok(()) });
        })
    }),
    ("with_async_drop! of two", |guard| {
        let other = AsyncDropGuard::new(EndsWell(Log::new()));
        Box::pin(async {
            let Ok(()): Result<(), Infallible> = with_async_drop!(guard, other, { Ok(()) });
        })
    }),
    ("with_async_drop! that opens", |opened| {
        Box::pin(async {
            let Ok(()): Result<(), Infallible> = with_async_drop!(_guard = opened, { Ok(()) });
        })
    }),
    ("with_async_drop_2!", |guard| {
        Box::pin(async {
            let Ok(()): Result<(), Infallible> = with_async_drop_2!(guard, { Ok(()) });
        })
    }),
    ("with_async_drop_2! of two", |guard| {
        let other = AsyncDropGuard::new(EndsWell(Log::new()));
        Box::pin(async {
            let Ok(()): Result<(), Infallible> = with_async_drop_2!(guard, other, { Ok(()) });
        })
    }),
    ("with_async_drop_2! whose body fails", |guard| {
        Box::pin(async { drop::<Result<(), Failed>>(with_async_drop_2!(guard, { Err(Failed) })) })
    }),
    ("with_async_drop_2_infallible!", |guard| {
        Box::pin(async { with_async_drop_2_infallible!(guard, {}) })
    }),
    ("with_async_drop", |guard| {
        Box::pin(async {
            let Ok(()) =
                with_async_drop(guard, async |_: &mut Breaks| Ok::<_, Infallible>(())).await;
        })
    }),
    #[cfg(feature = "derive")]
    ("a member, derived", |member| {
        cleaned_up(AsyncDropGuard::new_cancel_safe(Derived { member }))
    }),
    ("a member, by hand", |member| {
        let next = AsyncDropGuard::new_cancel_safe(EndsWell(Log::new()));
        cleaned_up(AsyncDropGuard::new_cancel_safe(ByHand { member, next }))
    }),
    ("members in order", |mut guard| {
        Box::pin(async move {
            let Ok(()): Result<(), Infallible> = async_drop_in_order!(guard);
        })
    }),
    ("members concurrently", |mut guard| {
        Box::pin(async move {
            let Ok(()): Result<(), Infallible> = async_drop_concurrently!(guard);
        })
    }),
    ("an option", |guard| {
        cleaned_up(AsyncDropGuard::new_cancel_safe(Some(guard)))
    }),
    ("a vector", |guard| {
        cleaned_up(AsyncDropGuard::new_cancel_safe(vec![guard]))
    }),
    ("a stack", |guard| {
        let mut stack = AsyncDropStack::<Infallible>::new();
        stack.push(guard);
        cleaned_up(stack)
    }),
    ("what is opened before a failure", |guard| {
        let opening = AsyncDropStack::construct(async move |stack: &mut AsyncDropStack<Failed>| {
            stack.push(guard);
            Err::<Guard, _>(Failed)
        });
        Box::pin(async { drop(opening.await) })
    }),
    ("what is opened beside a failure", |guard| {
        Box::pin(async {
            let fails = async { Err::<Guard, _>(Failed) };
            drop(open_all((async { Ok(guard) }, fails)).await);
        })
    }),
    ("what was opened beside a failure", |guard| {
        Box::pin(async {
            drop(flatten_async_drop::<Failed, _, Failed, Breaks, _>(Ok(guard), Err(Failed)).await);
        })
    }),
    ("an opening that fails", |guard| {
        Box::pin(async {
            let opening =
                AsyncDropGuard::init(guard.unsafe_into_inner_dont_drop(), async |_| Err(Failed));
            drop(opening.await);
        })
    }),
    ("a map", |guard| {
        let mut map = AsyncDropHashMap::new();
        map.try_insert("key", guard).unwrap();
        cleaned_up(map)
    }),
    ("what leaves a map", |guard| {
        let mut map = AsyncDropHashMap::new();
        map.try_insert("key", guard).unwrap();
        Box::pin(async move {
            let cleared = AssertUnwindSafe(map.clear()).catch_unwind().await;
            assert_eq!(map.async_drop().await, Ok(()));
            cleared
                .unwrap_or_else(|panic| resume_unwind(panic))
                .unwrap();
        })
    }),
    ("an arc", |guard| cleaned_up(AsyncDropArc::new(guard))),
    ("a mutex", |guard| {
        cleaned_up(AsyncDropTokioMutex::new(guard))
    }),
    ("a lock for many readers", |guard| {
        cleaned_up(AsyncDropTokioRwLock::new(guard))
    }),
    ("a result", |guard| {
        cleaned_up(AsyncDropResult::<_, Failed>::new(Ok(guard)))
    }),
    ("a shared future", |guard| {
        cleaned_up(AsyncDropShared::new(Box::pin(async { guard })))
    }),
    ("a shared value", |guard| {
        cleaned_up(AsyncDropShared::<_, Ready<Guard>>::new_ready(guard))
    }),
    ("a task group", |guard| {
        cleaned_up(AsyncDropTaskGroup::<_, (), Failed>::new(guard))
    }),
    ("a task group, after its tasks", |guard| {
        let mut group = AsyncDropTaskGroup::<_, (), Failed>::new(guard);
        Box::pin(async move {
            group.spawn(async |mut owner| Ok(owner.async_drop().await?));
            assert_eq!(group.join_all().await.unwrap(), [()]);
            group.async_drop().await.unwrap();
        })
    }),
    ("a closure that closes", |guard| {
        let awaits = guard.awaits;
        let value = guard.unsafe_into_inner_dont_drop();
        cleaned_up(closing(value, async move |value: Breaks| {
            break_down(&value.log, awaits).await
        }))
    }),
    ("a deferred closure", |guard| {
        let value = guard.unsafe_into_inner_dont_drop();
        cleaned_up(AsyncDropDeferred::new(async move || {
            break_down(&value.log, value.awaits).await
        }))
    }),
];
