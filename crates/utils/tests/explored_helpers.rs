//! Every helper and macro under the explorer: each operation fails once, each pending await is cancelled once, and nothing stays open.
//!
//! The guards are cancel-safe, or are made so by what they are given to. Below stands what happens where they are not: a check
//! that cannot fail would prove nothing.
#![cfg(feature = "testing")]

use std::borrow::Borrow;
use std::convert::Infallible;
use std::time::Duration;

use async_drop_utils::testing::{Entry, Explorer, InjectedFault, Ledger, Outcome, fallible};
use async_drop_utils::{
    AsyncDrop, AsyncDropArc, AsyncDropGuard, AsyncDropHashMap, AsyncDropResult, AsyncDropShared,
    AsyncDropStack, AsyncDropTokioMutex, AsyncDropTokioRwLock, CleanupTracker, SyncDrop,
    async_drop_concurrently, async_drop_in_order, flatten_async_drop, with_async_drop,
    with_async_drop_2, with_async_drop_2_infallible,
};
use tokio::task::yield_now;

type Fallible<T = ()> = Result<T, InjectedFault>;
type Guard = AsyncDropGuard<Resource>;

/// What is open until its cleanup has come to its end, be that a failure.
#[derive(Debug)]
struct Resource {
    entry: Entry,
}

impl Resource {
    async fn open() -> Fallible<Guard> {
        Ok(Self::open_plain().await?.cancel_safe())
    }

    async fn open_plain() -> Fallible<Guard> {
        fallible("open").await?;
        Ok(AsyncDropGuard::new(Self {
            entry: Ledger::current().open("resource"),
        }))
    }

    async fn use_it(&self) -> Fallible {
        fallible("use").await
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Resource {
    type Error = InjectedFault;

    async fn async_drop_impl(&mut self) -> Fallible {
        let closed = fallible("close").await;
        self.entry.close();
        closed
    }
}

/// What is open until its cleanup, which cannot fail, has come to its end.
#[derive(Debug)]
struct Quiet {
    entry: Entry,
}

impl Quiet {
    fn open() -> AsyncDropGuard<Self> {
        AsyncDropGuard::new_cancel_safe(Self {
            entry: Ledger::current().open("quiet"),
        })
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Quiet {
    type Error = Infallible;

    async fn async_drop_impl(&mut self) -> Result<(), Infallible> {
        yield_now().await;
        self.entry.close();
        Ok(())
    }
}

#[track_caller]
fn survives<O: Outcome>(scenario: impl AsyncFn() -> O) {
    let report = Explorer::new().all(scenario).unwrap();
    assert!(report.faults() > 0, "{report}");
    assert!(report.cancellations() > 0, "{report}");
}

#[track_caller]
fn leaks_when_cancelled<O: Outcome>(scenario: impl AsyncFn() -> O) {
    Explorer::new().failures(&scenario).unwrap();
    let leak = Explorer::new().cancellations(scenario).unwrap_err();
    assert!(
        leak.to_string()
            .starts_with("leaks when cancelled at await #"),
        "{leak}"
    );
}

/// Cleans up after `body`, and gives the body's error before the cleanup's.
async fn and_clean_up<T>(
    mut guard: AsyncDropGuard<T>,
    body: impl AsyncFnOnce(&mut T) -> Fallible,
) -> Fallible
where
    T: AsyncDrop<Error = InjectedFault> + std::fmt::Debug,
{
    let result = body(&mut guard).await;
    let cleanup = guard.async_drop().await;
    result.and(cleanup)
}

/// Uses what is under `guard`, and cleans it up.
async fn used<T>(guard: AsyncDropGuard<T>) -> Fallible
where
    T: AsyncDrop<Error = InjectedFault> + std::fmt::Debug + Borrow<Resource>,
{
    and_clean_up(guard, async |it| (*it).borrow().use_it().await).await
}

#[test]
fn a_bare_cancel_safe_guard_survives() {
    survives(async || used(Resource::open().await?).await);
}

#[test]
fn a_boxed_and_a_mapped_guard_made_cancel_safe_again_survive() {
    survives(async || {
        let boxed = Resource::open().await?.into_box().cancel_safe();
        used(boxed).await?;
        let mapped = Resource::open().await?.map_unsafe(|it| it).cancel_safe();
        used(mapped).await
    });
}

#[test]
fn with_async_drop_survives() {
    survives(async || {
        with_async_drop(Resource::open().await?, async |it: &mut Resource| {
            it.use_it().await
        })
        .await
    });
}

#[test]
fn the_cancel_safe_macro_survives_with_plain_guards() {
    survives(async || {
        let it = Resource::open_plain().await?;
        with_async_drop!(it, { it.use_it().await })
    });
}

#[test]
fn the_cancel_safe_macro_survives_nested_and_with_an_error_map() {
    survives(async || {
        let outer = Resource::open_plain().await?;
        with_async_drop!(
            outer,
            {
                outer.use_it().await.map_err(Some)?;
                let inner = Resource::open_plain().await.map_err(Some)?;
                with_async_drop!(inner, { inner.use_it().await.map_err(Some) }, Some)
            },
            Some
        )
    });
}

#[test]
fn the_cancel_safe_macro_survives_with_several_values() {
    survives(async || {
        let a = Resource::open().await?;
        let b = Resource::open().await?;
        let c = Resource::open().await?;
        with_async_drop!(a, b, c, {
            a.use_it().await?;
            b.use_it().await?;
            c.use_it().await
        })
    });
}

#[test]
fn with_async_drop_2_is_as_safe_as_its_guards() {
    survives(async || {
        let a = Resource::open().await?;
        let b = Resource::open().await?;
        with_async_drop_2!(a, b, {
            a.use_it().await?;
            b.use_it().await
        })
    });
    leaks_when_cancelled(async || {
        let it = Resource::open_plain().await?;
        with_async_drop_2!(it, { it.use_it().await })
    });
}

#[test]
fn with_async_drop_2_infallible_survives() {
    survives(async || {
        let (a, b) = (Quiet::open(), Quiet::open());
        with_async_drop_2_infallible!(a, b, {
            fallible("use").await?;
            a.entry.is_open().then_some(b.entry.is_open());
            fallible("use").await
        })
    });
}

#[test]
fn flatten_async_drop_survives() {
    survives(async || {
        let (a, b) = tokio::join!(Resource::open(), Resource::open());
        let (a, b) = flatten_async_drop::<InjectedFault, _, _, _, _>(a, b).await?;
        with_async_drop!(a, b, {
            a.use_it().await?;
            b.use_it().await
        })
    });
}

#[test]
fn an_arc_survives_whoever_is_cancelled() {
    survives(async || {
        let mine = AsyncDropArc::new(Resource::open().await?);
        let theirs = AsyncDropArc::clone(&mine);
        let (mine, theirs) = tokio::join!(used(mine), used(theirs),);
        mine.and(theirs)
    });
    leaks_when_cancelled(async || {
        let arc = AsyncDropArc::new(Resource::open_plain().await?);
        used(arc).await
    });
}

#[test]
fn an_arc_shared_with_a_task_survives() {
    survives(async || {
        let mine = AsyncDropArc::new(Resource::open().await?);
        let theirs = AsyncDropArc::clone(&mine);
        let task = tokio::spawn(and_clean_up(
            theirs,
            async |it: &mut AsyncDropArc<Resource>| {
                it.entry.is_open();
                yield_now().await;
                Ok(())
            },
        ));
        let mine = used(mine).await;
        task.await.unwrap().and(mine)
    });
}

#[test]
fn the_inner_guard_of_an_arc_survives() {
    survives(async || {
        let arc = AsyncDropArc::new(Resource::open().await?);
        arc.use_it().await?;
        let inner = AsyncDropArc::into_inner(arc).expect("the only owner");
        used(inner).await
    });
}

#[test]
fn a_mutex_survives_a_holder_and_a_waiter_that_are_cancelled() {
    survives(async || {
        let mutex = AsyncDropTokioMutex::new(Resource::open().await?);
        and_clean_up(mutex, async |mutex| {
            let hold = async || mutex.lock().await.use_it().await;
            let (holder, waiter) = tokio::join!(hold(), hold());
            holder.and(waiter)
        })
        .await
    });
    leaks_when_cancelled(async || {
        let mutex = AsyncDropTokioMutex::new(Resource::open_plain().await?);
        and_clean_up(mutex, async |mutex| mutex.lock().await.use_it().await).await
    });
}

#[test]
fn a_read_write_lock_survives_holders_and_waiters_that_are_cancelled() {
    survives(async || {
        let lock = AsyncDropTokioRwLock::new(Resource::open().await?);
        and_clean_up(lock, async |lock| {
            let read = async || lock.read().await.use_it().await;
            let write = async || lock.write().await.use_it().await;
            let (first, writer, second) = tokio::join!(read(), write(), read());
            first.and(writer).and(second)
        })
        .await
    });
    leaks_when_cancelled(async || {
        let lock = AsyncDropTokioRwLock::new(Resource::open_plain().await?);
        and_clean_up(lock, async |lock| lock.read().await.use_it().await).await
    });
}

#[test]
fn an_arc_whose_weak_owner_is_cancelled_survives() {
    survives(async || {
        let arc = AsyncDropArc::new(Resource::open().await?);
        let weak = AsyncDropArc::downgrade(&arc);
        let (mine, theirs) = tokio::join!(used(arc), async {
            let Some(revived) = weak.upgrade() else {
                return Ok(());
            };
            used(revived).await
        },);
        assert!(weak.upgrade().is_none());
        mine.and(theirs)
    });
}

#[test]
fn an_arc_of_a_mutex_survives() {
    survives(async || {
        let mutex = AsyncDropTokioMutex::new(Resource::open().await?);
        let mine = AsyncDropArc::new(mutex);
        let theirs = AsyncDropArc::clone(&mine);
        let (mine, theirs) = tokio::join!(
            and_clean_up(mine, async |it| it.lock().await.use_it().await),
            and_clean_up(theirs, async |it| it.lock().await.use_it().await),
        );
        mine.and(theirs)
    });
}

#[test]
fn what_is_cleaned_up_under_the_lock_survives() {
    survives(async || {
        let mutex = AsyncDropTokioMutex::new(Resource::open().await?);
        and_clean_up(mutex, async |mutex| {
            let mut guard = mutex.lock().await;
            guard.async_drop().await?;
            *guard = Resource::open().await?;
            guard.use_it().await
        })
        .await
    });
}

#[test]
fn a_map_survives() {
    survives(async || {
        let map = AsyncDropHashMap::new();
        and_clean_up(map, async |map| {
            for key in 0..3 {
                let resource = Resource::open().await?;
                map.try_insert(key, resource).unwrap();
            }
            if let Err(mut taken) = map.try_insert(0, Resource::open().await?) {
                taken.value.async_drop().await?;
            }
            for (_, resource) in map.iter() {
                resource.use_it().await?;
            }
            if let Some(removed) = map.remove(&1) {
                used(removed).await?;
            }
            Ok(())
        })
        .await
    });
    leaks_when_cancelled(async || {
        let mut map = AsyncDropHashMap::new();
        map.try_insert(0, Resource::open_plain().await?).unwrap();
        map.async_drop().await
    });
}

#[test]
fn a_map_that_is_drained_survives() {
    survives(async || {
        let map = AsyncDropHashMap::new();
        and_clean_up(map, async |map| {
            for key in 0..3 {
                let resource = Resource::open().await?;
                map.try_insert(key, resource).unwrap();
            }
            for (_, mut resource) in map.drain() {
                resource.async_drop().await?;
            }
            Ok(())
        })
        .await
    });
}

#[test]
fn a_result_under_guard_survives() {
    survives(async || {
        let result = AsyncDropResult::new(Resource::open().await);
        and_clean_up(result, async |result| match result.as_inner() {
            Ok(resource) => resource.use_it().await,
            Err(fault) => Err(fault.clone()),
        })
        .await
    });
    leaks_when_cancelled(async || {
        let mut result = AsyncDropResult::new(Resource::open_plain().await);
        result.async_drop().await
    });
}

#[test]
fn a_shared_future_survives_whoever_is_cancelled() {
    survives(async || {
        let open = async { AsyncDropResult::new(Resource::open().await) };
        let first = AsyncDropShared::new(open);
        let second = AsyncDropShared::clone(&first);
        let (first, second) = tokio::join!(
            and_clean_up(first, async |shared| {
                let arc = shared.await;
                and_clean_up(arc, async |arc| match arc.as_inner() {
                    Ok(resource) => resource.use_it().await,
                    Err(fault) => Err(fault.clone()),
                })
                .await
            }),
            and_clean_up(second, async |shared| { shared.await.async_drop().await }),
        );
        first.and(second)
    });
}

#[test]
fn a_shared_future_that_nobody_awaits_survives() {
    survives(async || {
        let open = async { AsyncDropResult::new(Resource::open().await) };
        let mut shared = AsyncDropShared::new(open);
        shared.async_drop().await
    });
}

#[test]
fn a_clone_cancelled_in_the_middle_of_the_shared_future_leaves_the_other_to_survive() {
    survives(async || {
        let open = async { AsyncDropResult::new(Resource::open().await) };
        let mut first = AsyncDropShared::new(open);
        let second = AsyncDropShared::clone(&first);
        tokio::select! {
            biased;
            arc = &mut *first => panic!("opened at once: {arc:?}"),
            () = async {} => {}
        }
        first.async_drop().await?;
        and_clean_up(second, async |shared| shared.await.async_drop().await).await
    });
}

#[test]
fn a_stack_survives() {
    survives(async || {
        let stack = AsyncDropStack::<InjectedFault>::new();
        with_async_drop!(stack, {
            let first = stack.push(Resource::open_plain().await?);
            let second = stack.push(Resource::open_plain().await?);
            let entry = Ledger::current().open("registration");
            stack.defer(async move || {
                let withdrawn = fallible("withdraw").await;
                entry.close();
                withdrawn
            });
            stack[&first].use_it().await?;
            stack[&second].use_it().await?;
            let second = stack.take(second);
            used(second.cancel_safe()).await
        })
    });
}

#[test]
fn a_stack_under_a_guard_of_its_own_is_as_safe_as_its_members() {
    survives(async || {
        let stack = AsyncDropStack::<InjectedFault>::new();
        and_clean_up(stack, async |stack| {
            stack.push(Resource::open().await?);
            let held = stack.push(Resource::open().await?);
            stack[&held].use_it().await
        })
        .await
    });
    leaks_when_cancelled(async || {
        let mut stack = AsyncDropStack::<InjectedFault>::new();
        stack.push(Resource::open_plain().await?);
        stack.async_drop().await
    });
}

#[derive(Debug)]
struct Service {
    listener: Guard,
    journal: Guard,
}

#[async_trait::async_trait]
impl AsyncDrop for Service {
    type Error = InjectedFault;

    async fn async_drop_impl(&mut self) -> Fallible {
        async_drop_in_order!(self.listener, self.journal)
    }
}

#[test]
fn a_constructor_that_breaks_half_way_survives() {
    survives(async || {
        let service = AsyncDropStack::construct(async |stack| {
            let journal = stack.push(Resource::open_plain().await?);
            let entry = Ledger::current().open("lock");
            let lock = stack.defer(async move || {
                entry.close();
                fallible("unlock").await
            });
            let listener = stack.push(Resource::open_plain().await?);
            stack[&journal].use_it().await?;
            let unlock = stack.take(lock);
            let service = AsyncDropGuard::new(Service {
                listener: stack.take(listener),
                journal: stack.take(journal),
            });
            stack.push(unlock);
            Ok::<_, InjectedFault>(service)
        })
        .await?;
        with_async_drop!(service, {
            service.listener.use_it().await?;
            service.journal.use_it().await
        })
    });
}

#[derive(Debug)]
struct Cluster {
    leader: Box<Guard>,
    spare: Option<Guard>,
    followers: Vec<Guard>,
    pair: (Guard, Guard),
}

#[async_trait::async_trait]
impl AsyncDrop for Cluster {
    type Error = InjectedFault;

    async fn async_drop_impl(&mut self) -> Fallible {
        async_drop_concurrently!(self.leader, self.spare, self.followers, self.pair)
    }
}

#[test]
fn members_cleaned_up_concurrently_survive() {
    survives(async || {
        let cluster = AsyncDropStack::construct(async |stack| {
            let mut held = Vec::new();
            for _ in 0..6 {
                held.push(stack.push(Resource::open_plain().await?));
            }
            let mut take = held.into_iter().map(|held| stack.take(held));
            let mut next = || take.next().expect("six");
            Ok::<_, InjectedFault>(AsyncDropGuard::new(Cluster {
                leader: Box::new(next()),
                spare: Some(next()),
                followers: vec![next(), next()],
                pair: (next(), next()),
            }))
        })
        .await?;
        with_async_drop!(cluster, { cluster.leader.use_it().await })
    });
}

#[test]
fn guards_in_an_option_a_vec_and_a_tuple_survive() {
    survives(async || {
        let spare = AsyncDropGuard::new(Some(Resource::open_plain().await?));
        with_async_drop!(spare, { fallible("use").await })?;

        let pool = AsyncDropGuard::new(Vec::<Guard>::new());
        with_async_drop!(pool, {
            for _ in 0..3 {
                pool.push(Resource::open_plain().await?);
            }
            pool[1].use_it().await
        })?;

        let first = Resource::open().await?;
        let second = Resource::open().await?;
        let pair = AsyncDropGuard::new((first, second));
        with_async_drop!(pair, { pair.1.use_it().await })
    });
}

#[test]
fn a_tracker_that_is_drained_by_the_scenario_survives() {
    survives(async || {
        let tracker = CleanupTracker::new();
        let result = tracker
            .scope(async {
                let resource = Resource::open().await?;
                resource.use_it().await
                // Dropped armed, also when it was used well.
            })
            .await;
        let report = tracker.drain(Duration::from_secs(10)).await;
        assert!(report.still_running.is_empty(), "{report}");
        result
    });
}

#[test]
fn sync_drop_survives_in_whatever_drops_it() {
    survives(async || {
        let quiet = SyncDrop::new(Quiet::open());
        fallible("use").await?;
        quiet.entry.is_open();
        fallible("use").await
    });
}

#[cfg(feature = "derive")]
mod derived {
    use super::*;

    #[derive(Debug, AsyncDrop)]
    struct InOrder {
        first: AsyncDropGuard<Resource>,
        spare: Option<AsyncDropGuard<Resource>>,
        others: Vec<AsyncDropGuard<Resource>>,
    }

    #[derive(Debug, AsyncDrop)]
    #[async_drop(concurrent)]
    struct Concurrent {
        first: AsyncDropGuard<Resource>,
        second: AsyncDropGuard<Resource>,
    }

    #[test]
    fn a_derived_cleanup_in_order_survives() {
        survives(async || {
            let value = AsyncDropStack::construct(async |stack| {
                let first = stack.push(Resource::open_plain().await?);
                let spare = stack.push(Resource::open_plain().await?);
                let other = stack.push(Resource::open_plain().await?);
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
        });
    }

    #[test]
    fn a_derived_concurrent_cleanup_survives() {
        survives(async || {
            let first = Resource::open().await?;
            let second = Resource::open().await?;
            let value = AsyncDropGuard::new(Concurrent { first, second });
            with_async_drop!(value, {
                value.first.use_it().await?;
                value.second.use_it().await
            })
        });
    }
}
