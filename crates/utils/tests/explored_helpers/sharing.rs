//! What several own, lock or await.

use async_drop_utils::testing::InjectedFault;
use async_drop_utils::{
    AsyncDropArc, AsyncDropShared, AsyncDropTaskGroup, AsyncDropTokioMutex, AsyncDropTokioRwLock,
    open_all, with_async_drop,
};
use tokio::task::yield_now;

use crate::resource::{Fallible, Guards, Resource, and_clean_up, use_if_opened, used};

pub async fn an_arc_survives_whoever_is_cancelled(guards: Guards) -> Fallible {
    let mine = AsyncDropArc::new(guards.open().await?);
    let theirs = AsyncDropArc::clone(&mine);
    let (mine, theirs) = tokio::join!(used(mine), used(theirs));
    mine.and(theirs)
}

pub async fn an_arc_shared_with_a_task_survives(guards: Guards) -> Fallible {
    let mine = AsyncDropArc::new(guards.open().await?);
    let theirs = AsyncDropArc::clone(&mine);
    let in_the_task = async |_: &mut AsyncDropArc<Resource>| {
        yield_now().await;
        Ok(())
    };
    let task = tokio::spawn(and_clean_up(theirs, in_the_task));
    let mine = used(mine).await;
    task.await.unwrap().and(mine)
}

pub async fn the_inner_guard_of_an_arc_survives(guards: Guards) -> Fallible {
    let arc = AsyncDropArc::new(guards.open().await?);
    arc.use_it().await?;
    used(AsyncDropArc::into_inner(arc).expect("the only owner")).await
}

pub async fn an_arc_whose_weak_owner_is_cancelled_survives(guards: Guards) -> Fallible {
    let arc = AsyncDropArc::new(guards.open().await?);
    let weak = AsyncDropArc::downgrade(&arc);
    let (mine, theirs) = tokio::join!(used(arc), async {
        match weak.upgrade() {
            Some(revived) => used(revived).await,
            None => Ok(()),
        }
    });
    assert!(weak.upgrade().is_none());
    mine.and(theirs)
}

pub async fn an_arc_of_a_mutex_survives(guards: Guards) -> Fallible {
    let mine = AsyncDropArc::new(AsyncDropTokioMutex::new(guards.open().await?));
    let theirs = AsyncDropArc::clone(&mine);
    let (mine, theirs) = tokio::join!(
        and_clean_up(mine, async |it| it.lock().await.use_it().await),
        and_clean_up(theirs, async |it| it.lock().await.use_it().await),
    );
    mine.and(theirs)
}

pub async fn a_mutex_survives_a_holder_and_a_waiter_that_are_cancelled(guards: Guards) -> Fallible {
    let mutex = AsyncDropTokioMutex::new(guards.open().await?);
    and_clean_up(mutex, async |mutex| {
        let hold = async || mutex.lock().await.use_it().await;
        let (holder, waiter) = tokio::join!(hold(), hold());
        holder.and(waiter)
    })
    .await
}

pub async fn a_read_write_lock_survives_holders_and_waiters_that_are_cancelled(
    guards: Guards,
) -> Fallible {
    let lock = AsyncDropTokioRwLock::new(guards.open().await?);
    and_clean_up(lock, async |lock| {
        let read = async || lock.read().await.use_it().await;
        let write = async || lock.write().await.use_it().await;
        let (first, writer, second) = tokio::join!(read(), write(), read());
        first.and(writer).and(second)
    })
    .await
}

pub async fn what_is_cleaned_up_under_the_lock_survives(guards: Guards) -> Fallible {
    let mutex = AsyncDropTokioMutex::new(guards.open().await?);
    and_clean_up(mutex, async |mutex| {
        let mut guard = mutex.lock().await;
        guard.async_drop().await?;
        *guard = guards.open().await?;
        guard.use_it().await
    })
    .await
}

pub async fn a_shared_future_survives_whoever_is_cancelled(guards: Guards) -> Fallible {
    let first = AsyncDropShared::new(guards.open_as_result());
    let second = AsyncDropShared::clone(&first);
    let (first, second) = tokio::join!(
        and_clean_up(first, async |shared| {
            and_clean_up(shared.await, async |opened| use_if_opened(opened).await).await
        }),
        and_clean_up(second, async |shared| shared.await.async_drop().await),
    );
    first.and(second)
}

pub async fn a_shared_future_that_nobody_awaits_survives(guards: Guards) -> Fallible {
    let mut shared = AsyncDropShared::new(guards.open_as_result());
    shared.async_drop().await
}

pub async fn a_clone_cancelled_in_the_middle_of_the_shared_future_leaves_the_other_to_survive(
    guards: Guards,
) -> Fallible {
    let mut first = AsyncDropShared::new(guards.open_as_result());
    let second = AsyncDropShared::clone(&first);
    tokio::select! {
        biased;
        arc = &mut *first => panic!("opened at once: {arc:?}"),
        () = async {} => {}
    }
    first.async_drop().await?;
    and_clean_up(second, async |shared| shared.await.async_drop().await).await
}

pub async fn two_groups_opened_at_once(guards: Guards) -> Fallible {
    let (left, right) = open_all((guards.open(), guards.open())).await?;
    let left = AsyncDropTaskGroup::<Resource, (), InjectedFault>::new(left);
    let right = AsyncDropTaskGroup::<Resource, (), InjectedFault>::new(right);
    with_async_drop!(left, right, {
        for _ in 0..2 {
            left.spawn(async |resource| resource.use_it().await);
            right.spawn(async |resource| resource.use_it().await);
        }
        left.join_all().await?;
        right.join_all().await?;
        Ok(())
    })
}
