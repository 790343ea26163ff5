//! Runs a program.

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::{
    AsyncDrop, AsyncDropArc, AsyncDropGuard, AsyncDropHashMap, AsyncDropShared, AsyncDropStack,
    AsyncDropTaskGroup, AsyncDropTokioMutex, CleanupTracker, DrainReport, closing, drain, open_all,
    with_async_drop_2,
};
use futures_util::FutureExt;
use futures_util::future::join;
use tokio::task::yield_now;

use super::books::{Books, Value};
use super::common::cancel_after;
use super::program::{Ending, Fault, Form, Plan, Step};

/// What a program runs in.
#[derive(Clone, Default)]
pub struct World {
    pub books: Books,
    /// Without one, cleanups go to the process's.
    pub tracker: Option<CleanupTracker>,
    /// Held by each task that is not awaited.
    pub tasks: Arc<()>,
    kept: Arc<Mutex<Vec<AsyncDropGuard<Value>>>>,
}

pub type Running = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

impl World {
    pub fn new(tracker: Option<CleanupTracker>) -> Self {
        Self {
            tracker,
            ..Self::default()
        }
    }

    /// Takes the guards that are kept out of the counts, so that the next program does not find them.
    pub fn let_go_of_kept(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for guard in kept.drain(..) {
            guard.unsafe_into_inner_dont_drop();
        }
    }

    pub fn scope(&self, program: Running) -> Running {
        match &self.tracker {
            Some(tracker) => Box::pin(tracker.scope(program)),
            None => program,
        }
    }

    pub async fn drain(&self, deadline: Duration) -> DrainReport {
        let report = match &self.tracker {
            Some(tracker) => tracker.drain(deadline).await,
            None => drain(deadline).await,
        };
        self.books.told(report.finished.len() + report.failed.len());
        report
    }

    fn both(
        &self,
        plans: [Plan; 2],
        inside_of: &[usize],
    ) -> ([AsyncDropGuard<Value>; 2], Vec<usize>) {
        let guards = plans.map(|plan| self.books.plain(plan, inside_of));
        let inside = [inside_of, &guards.each_ref().map(|guard| guard.number)].concat();
        (guards, inside)
    }

    /// A constructor, which fails where the cleanup was to fail.
    fn open(
        &self,
        plan: Plan,
        inside_of: &[usize],
    ) -> impl Future<Output = Result<AsyncDropGuard<Value>, String>> + Send + 'static {
        let (books, inside_of) = (self.books.clone(), inside_of.to_vec());
        async move {
            yield_now().await;
            if plan.ending == Ending::Fails {
                return Err("planned".to_owned());
            }
            Ok(books.plain(plan, &inside_of))
        }
    }
}

pub fn run(steps: Vec<Step>, world: World, inside_of: Vec<usize>) -> Running {
    Box::pin(async move {
        let mut bare = Vec::new();
        for step in steps {
            let body = |steps| run(steps, world.clone(), inside_of.clone());
            match step {
                Step::Yield => yield_now().await,
                Step::Panic => std::panic::panic_any("planned"),
                Step::Bare(plan) => bare.push(world.books.plain(plan, &inside_of).cancel_safe()),
                Step::Drain(true) => drop(world.drain(Duration::ZERO).await),
                Step::Drain(false) => cancel_after(2, world.drain(Duration::from_secs(1))).await,
                Step::Scope(form, first, second, body) => {
                    // An error of a cleanup leaves the scope, as it may.
                    let _ = scope(form, [first, second], body, &world, &inside_of).await;
                }
                Step::Cancel(polls, steps) => cancel_after(polls, body(steps)).await,
                Step::Timeout(millis, steps) => {
                    let limit = Duration::from_millis(millis as u64);
                    let _ = tokio::time::timeout(limit, body(steps)).await;
                }
                Step::Abort(polls, is_awaited, steps) => {
                    abort(polls, is_awaited, steps, &world).await;
                }
                Step::Catch(steps) => {
                    let _ = AssertUnwindSafe(body(steps)).catch_unwind().await;
                }
                Step::SideBySide(one, other) => {
                    let _ = join(body(one), body(other)).await;
                }
                Step::Planted(fault, plan, body) => {
                    planted(fault, plan, body, &world, &inside_of).await?;
                }
            }
        }
        Ok(())
    })
}

async fn scope(
    form: Form,
    plans: [Plan; 2],
    body: Vec<Step>,
    world: &World,
    inside_of: &[usize],
) -> Result<(), String> {
    let [first, second] = plans;
    let run = |body, inside| run(body, world.clone(), inside);
    let on = |guard: &AsyncDropGuard<Value>| [inside_of, &[guard.number]].concat();
    match form {
        Form::Macro => {
            let ([a, b], inside) = world.both(plans, inside_of);
            with_async_drop!(a, b, { run(body, inside).await })
        }
        Form::Macro2 => {
            let (guards, inside) = world.both(plans, inside_of);
            let [a, b] = guards.map(AsyncDropGuard::cancel_safe);
            with_async_drop_2!(a, b, { run(body, inside).await })
        }
        Form::Function => {
            let ([a, b], inside) = world.both(plans, inside_of);
            let mut stack = AsyncDropStack::<String>::new();
            stack.push(a);
            stack.push(b);
            let body = run(body, inside);
            let body = async |_: &mut AsyncDropStack<String>| body.await;
            async_drop_utils::with_async_drop(stack.cancel_safe(), body).await
        }
        Form::Construct => {
            let ([a, b], inside) = world.both(plans, inside_of);
            let body = run(body, inside);
            let constructed = AsyncDropStack::<String>::construct(async |stack| {
                stack.push(a);
                stack.push(b);
                body.await?;
                Err::<AsyncDropGuard<Value>, _>("not made".to_owned())
            });
            constructed.await.map(drop)
        }
        Form::GroupTask => {
            // The task is inside of the group, and beside what is beside the group.
            let ([a, b], _) = world.both(plans, inside_of);
            let body = run(body, on(&a));
            let group = AsyncDropTaskGroup::<Value, (), String>::new(a);
            with_async_drop!(b, group, {
                group.spawn(async move |_owner| body.await);
                group.join_all().await.map(drop)
            })
        }
        Form::OneLine => with_async_drop!(
            a = world.books.plain(first, inside_of),
            b = world.books.plain(second, &on(&a)),
            {
                let inside = [on(&a), vec![b.number]].concat();
                run(body, inside).await
            }
        ),
        Form::Opened => with_async_drop!(
            a = AsyncDropGuard::acquire(world.open(first, inside_of)).await?,
            b = AsyncDropGuard::init(world.books.open(second, &on(&a)), async |value| {
                yield_now().await;
                match value.plan().ending {
                    Ending::Fails => Err("planned".to_owned()),
                    Ending::Succeeds | Ending::Panics => Ok(()),
                }
            })
            .await?,
            {
                let inside = [on(&a), vec![b.number]].concat();
                run(body, inside).await
            }
        ),
        Form::OpenAll => {
            let opening = open_all(plans.map(|plan| world.open(plan, inside_of)));
            let [a, b] = opening.await?;
            let inside = [inside_of, &[a.number, b.number]].concat();
            with_async_drop!(a, b, { run(body, inside).await })
        }
        Form::Closing => {
            let [a, b] = plans.map(|plan| world.books.open(plan, inside_of));
            let inside = [inside_of, &[a.number, b.number]].concat();
            let [a, b] = [a, b].map(|value| {
                closing(value, async |mut value: Value| {
                    value.async_drop_impl().await
                })
            });
            with_async_drop!(a, b, { run(body, inside).await })
        }
        Form::Map => {
            let (guards, inside) = world.both(plans, inside_of);
            let mut map = AsyncDropHashMap::new();
            for (key, guard) in guards.into_iter().enumerate() {
                map.try_insert(key, guard).expect("no key is taken");
            }
            with_async_drop!(map, { run(body, inside).await })
        }
        Form::List => {
            let (guards, inside) = world.both(plans, inside_of);
            let list = AsyncDropGuard::new(Vec::from(guards));
            with_async_drop!(list, { run(body, inside).await })
        }
        Form::Arc => {
            let ([a, b], inside) = world.both(plans, inside_of);
            let one = AsyncDropArc::new(a);
            let other = AsyncDropArc::clone(&one);
            with_async_drop!(one, b, other, { run(body, inside).await })
        }
        Form::Shared => {
            let ([a, b], inside) = world.both(plans, inside_of);
            let one = AsyncDropShared::new(Box::pin(async move {
                yield_now().await;
                a
            }));
            let other = AsyncDropShared::clone(&one);
            with_async_drop!(one, b, other, { run(body, inside).await })
        }
        Form::Mutex => {
            let ([a, b], inside) = world.both(plans, inside_of);
            let mutex = AsyncDropTokioMutex::new(a);
            with_async_drop!(mutex, b, { run(body, inside).await })
        }
    }
}

/// A task is no part of the scope that it was spawned in.
async fn abort(polls: usize, is_awaited: bool, steps: Vec<Step>, world: &World) {
    let program = world.scope(run(steps, world.clone(), Vec::new()));
    let counted = Arc::clone(&world.tasks);
    let task = tokio::spawn(async move {
        let _counted = counted;
        program.await
    });
    for _ in 0..polls {
        yield_now().await;
    }
    task.abort();
    if is_awaited {
        let _ = task.await;
    }
}

async fn planted(
    fault: Fault,
    plan: Plan,
    body: Vec<Step>,
    world: &World,
    inside_of: &[usize],
) -> Result<(), String> {
    let mut guard = world.books.plain(plan, inside_of).cancel_safe();
    let inside = [inside_of, &[guard.number]].concat();
    match fault {
        Fault::ByHand => run(body, world.clone(), inside).await?,
        Fault::Keep => {
            let mut kept = world.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(guard);
            return Ok(());
        }
        Fault::CleanUpTwice => guard.async_drop_impl().await?,
        Fault::Hang => drop(closing((), async |()| {
            pending::<Result<(), String>>().await
        })),
        Fault::Untold => match &world.tracker {
            Some(tracker) => drop(tracker.drain(Duration::ZERO).await),
            None => drop(drain(Duration::ZERO).await),
        },
    }
    guard.async_drop().await
}
