//! What holds several guards, or perhaps none.

use async_drop_utils::testing::{InjectedFault, Ledger, fallible};
use async_drop_utils::{
    AsyncDrop, AsyncDropGuard, AsyncDropHashMap, AsyncDropStack, async_drop_concurrently,
    async_drop_in_order, with_async_drop,
};

use crate::resource::{Fallible, Guard, Guards, and_clean_up, use_if_opened, used};

pub async fn a_map_survives(guards: Guards) -> Fallible {
    and_clean_up(AsyncDropHashMap::new(), async |map| {
        for key in 0..3 {
            map.try_insert(key, guards.open().await?).unwrap();
        }
        if let Err(mut taken) = map.try_insert(0, guards.open().await?) {
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
}

pub async fn a_map_that_is_drained_survives(guards: Guards) -> Fallible {
    and_clean_up(AsyncDropHashMap::new(), async |map| {
        for key in 0..3 {
            map.try_insert(key, guards.open().await?).unwrap();
        }
        for (_, mut resource) in map.drain() {
            resource.async_drop().await?;
        }
        Ok(())
    })
    .await
}

pub async fn a_result_under_guard_survives(guards: Guards) -> Fallible {
    let opened = guards.open_as_result().await;
    and_clean_up(opened, async |opened| use_if_opened(opened).await).await
}

pub async fn a_stack_survives(guards: Guards) -> Fallible {
    let stack = AsyncDropStack::<InjectedFault>::new();
    with_async_drop!(stack, {
        let first = stack.push(guards.open().await?);
        let second = stack.push(guards.open().await?);
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
}

pub async fn a_stack_under_a_guard_of_its_own_is_as_safe_as_its_members(
    guards: Guards,
) -> Fallible {
    and_clean_up(AsyncDropStack::new(), async |stack| {
        stack.push(guards.open().await?);
        let held = stack.push(guards.open().await?);
        stack[&held].use_it().await
    })
    .await
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

pub async fn a_constructor_that_breaks_half_way_survives(guards: Guards) -> Fallible {
    let service = AsyncDropStack::construct(async |stack| {
        let journal = stack.push(guards.open().await?);
        let entry = Ledger::current().open("lock");
        let lock = stack.defer(async move || {
            entry.close();
            fallible("unlock").await
        });
        let listener = stack.push(guards.open().await?);
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
}

pub async fn an_open_pair(guards: Guards) -> Fallible {
    let pair = AsyncDropStack::construct(async |stack| {
        let first = stack.push(guards.open().await?);
        stack.push(guards.open().await?);
        let second = stack.push(guards.open().await?);
        let undone = Ledger::current().open("undone");
        stack.defer(async move || {
            undone.close();
            Ok(())
        });
        fallible("the last step").await?;
        Ok::<_, InjectedFault>(AsyncDropGuard::new((stack.take(first), stack.take(second))))
    });
    pair.await?.cancel_safe().async_drop().await
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

pub async fn members_cleaned_up_concurrently_survive(guards: Guards) -> Fallible {
    let cluster = AsyncDropStack::construct(async |stack| {
        let mut held = Vec::new();
        for _ in 0..6 {
            held.push(stack.push(guards.open().await?));
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
}

pub async fn guards_in_an_option_a_vec_and_a_tuple_survive(guards: Guards) -> Fallible {
    let spare = AsyncDropGuard::new(Some(Guards::Plain.open().await?));
    with_async_drop!(spare, { fallible("use").await })?;

    let pool = AsyncDropGuard::new(Vec::<Guard>::new());
    with_async_drop!(pool, {
        for _ in 0..3 {
            pool.push(Guards::Plain.open().await?);
        }
        pool[1].use_it().await
    })?;

    let first = guards.open().await?;
    let second = guards.open().await?;
    let pair = AsyncDropGuard::new((first, second));
    with_async_drop!(pair, { pair.1.use_it().await })
}
