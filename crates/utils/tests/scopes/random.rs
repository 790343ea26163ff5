//! Random programs of nested scopes, bare guards, cancellations, aborts and panics. Whatever they do, each value is cleaned up once,
//! and what was opened in a scope's body is cleaned up before the scope's own values.

use std::fmt::{self, Debug};
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::{
    AsyncDrop, AsyncDropGuard, AsyncDropStack, AsyncDropTaskGroup, CleanupTracker,
    with_async_drop_2,
};
use futures_util::FutureExt;
use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

#[derive(Clone, Copy, Debug)]
enum Ending {
    Succeeds,
    Fails,
    Panics,
}

#[derive(Clone, Copy, Debug)]
struct Plan {
    yields: usize,
    ending: Ending,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Macro,
    Macro2,
    Function,
    Construct,
    GroupTask,
}

#[derive(Clone, Debug)]
enum Step {
    Yield,
    Bare(Plan),
    Scope(Form, Plan, Plan, Vec<Step>),
    /// The steps, dropped at that poll when they have not ended.
    Cancel(usize, Vec<Step>),
    SideBySide(Vec<Vec<Step>>),
    Catch(Vec<Step>),
    Panic,
}

fn plan() -> impl Strategy<Value = Plan> {
    let ending = prop_oneof![
        6 => Just(Ending::Succeeds),
        1 => Just(Ending::Fails),
        1 => Just(Ending::Panics),
    ];
    (0..4_usize, ending).prop_map(|(yields, ending)| Plan { yields, ending })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let leaf = prop_oneof![
        3 => Just(Step::Yield),
        3 => plan().prop_map(Step::Bare),
        1 => Just(Step::Panic),
    ];
    let step = leaf.prop_recursive(5, 40, 4, |step| {
        let steps = || prop::collection::vec(step.clone(), 0..4);
        let form = prop_oneof![
            3 => Just(Form::Macro),
            2 => Just(Form::Macro2),
            1 => Just(Form::Function),
            1 => Just(Form::Construct),
            1 => Just(Form::GroupTask),
        ];
        prop_oneof![
            4 => (form, plan(), plan(), steps())
                .prop_map(|(form, first, second, body)| Step::Scope(form, first, second, body)),
            3 => (0..6_usize, steps()).prop_map(|(polls, steps)| Step::Cancel(polls, steps)),
            1 => prop::collection::vec(steps(), 1..4).prop_map(Step::SideBySide),
            1 => steps().prop_map(Step::Catch),
        ]
    });
    prop::collection::vec(step, 0..5)
}

/// What became of a value.
#[derive(Debug)]
struct Entry {
    /// The values of the scopes in whose bodies it was opened.
    inside_of: Vec<usize>,
    started: Option<usize>,
    ended: Option<usize>,
    drops: usize,
}

#[derive(Clone, Default)]
struct Books(Arc<Mutex<(usize, Vec<Entry>)>>);

impl Books {
    fn change<R>(&self, change: impl FnOnce(&mut usize, &mut Vec<Entry>) -> R) -> R {
        let mut books = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (clock, entries) = &mut *books;
        *clock += 1;
        change(clock, entries)
    }

    fn open(&self, plan: Plan, inside_of: &[usize]) -> Value {
        let number = self.change(|_, entries| {
            entries.push(Entry {
                inside_of: inside_of.to_vec(),
                started: None,
                ended: None,
                drops: 0,
            });
            entries.len() - 1
        });
        Value {
            number,
            plan,
            books: self.clone(),
        }
    }

    fn check(&self) -> Result<(), String> {
        self.change(|_, entries| {
            for (number, entry) in entries.iter().enumerate() {
                let (Some(_), Some(ended), 1) = (entry.started, entry.ended, entry.drops) else {
                    return Err(format!("value {number} was not cleaned up once: {entry:?}"));
                };
                for outer in &entry.inside_of {
                    if entries[*outer].started.is_some_and(|outer| outer < ended) {
                        return Err(format!(
                            "{outer} was cleaned up before {number}: {entries:?}"
                        ));
                    }
                }
            }
            Ok(())
        })
    }
}

struct Value {
    number: usize,
    plan: Plan,
    books: Books,
}

struct Ended<'a>(&'a Value);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let number = self.0.number;
        self.0.books.change(|clock, entries| {
            entries[number].ended.get_or_insert(*clock);
        });
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Value {
    type Error = String;

    async fn async_drop_impl(&mut self) -> Result<(), String> {
        let number = self.number;
        self.books.change(|clock, entries| {
            entries[number].started.get_or_insert(*clock);
        });
        for _ in 0..self.plan.yields {
            tokio::task::yield_now().await;
        }
        // Made here, since a cleanup that is cut off has not ended.
        let _ended = Ended(self);
        match self.plan.ending {
            Ending::Succeeds => Ok(()),
            Ending::Fails => Err("planned".to_owned()),
            Ending::Panics => std::panic::panic_any("planned"),
        }
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        let number = self.number;
        self.books.change(|_, entries| entries[number].drops += 1);
    }
}

impl Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({})", self.number)
    }
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

fn run(steps: Vec<Step>, books: Books, inside_of: Vec<usize>) -> Running<'static> {
    Box::pin(async move {
        let mut bare = Vec::new();
        for step in steps {
            let inside = || inside_of.clone();
            match step {
                Step::Yield => tokio::task::yield_now().await,
                Step::Bare(plan) => bare.push(AsyncDropGuard::new_cancel_safe(
                    books.open(plan, &inside_of),
                )),
                Step::Scope(form, first, second, body) => {
                    let values = [first, second].map(|plan| books.open(plan, &inside_of));
                    // An error of a cleanup leaves the scope, as it may.
                    let _ = scope(form, values, body, books.clone(), inside()).await;
                }
                Step::Cancel(polls, steps) => {
                    cancel_after(polls, run(steps, books.clone(), inside())).await;
                }
                Step::SideBySide(all) => {
                    let all = all.into_iter();
                    join_all(all.map(|steps| run(steps, books.clone(), inside()))).await;
                }
                Step::Catch(steps) => {
                    let running = run(steps, books.clone(), inside());
                    let _ = AssertUnwindSafe(running).catch_unwind().await;
                }
                Step::Panic => std::panic::panic_any("planned"),
            }
        }
        Ok(())
    })
}

async fn scope(
    form: Form,
    [mut a, mut b]: [Value; 2],
    body: Vec<Step>,
    books: Books,
    mut inside_of: Vec<usize>,
) -> Result<(), String> {
    inside_of.push(a.number);
    // A task of a group is inside of the group, and beside what is beside the group.
    if !matches!(form, Form::GroupTask) {
        inside_of.push(b.number);
    }
    if matches!(form, Form::Function | Form::Construct) {
        // A panic leaves the cleanup of a stack, with what is below still on the stack.
        for value in [&mut a, &mut b] {
            if matches!(value.plan.ending, Ending::Panics) {
                value.plan.ending = Ending::Fails;
            }
        }
    }
    let (a, b) = (AsyncDropGuard::new(a), AsyncDropGuard::new(b));
    let body = run(body, books, inside_of);
    match form {
        Form::Macro => with_async_drop!(a, b, { body.await }),
        Form::Macro2 => {
            let (a, b) = (a.cancel_safe(), b.cancel_safe());
            with_async_drop_2!(a, b, { body.await })
        }
        Form::Function => {
            let mut stack = AsyncDropStack::<String>::new();
            stack.push(a);
            stack.push(b);
            let body = async |_: &mut AsyncDropStack<String>| body.await;
            async_drop_utils::with_async_drop(stack.cancel_safe(), body).await
        }
        Form::Construct => {
            let constructed = AsyncDropStack::<String>::construct(async |stack| {
                stack.push(a);
                stack.push(b);
                body.await?;
                Err::<AsyncDropGuard<Value>, _>("not made".to_owned())
            });
            constructed.await.map(|_| ())
        }
        Form::GroupTask => {
            let group = AsyncDropTaskGroup::<Value, (), String>::new(a);
            with_async_drop!(b, group, {
                group.spawn(async move |_owner| body.await);
                group.join_all().await.map(drop)
            })
        }
    }
}

/// Drops `future` when it has been polled that often and has not ended.
async fn cancel_after<F: Future>(polls: usize, future: F) {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 || future.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    /// Its future is dropped at a poll.
    Dropped,
    /// It is a task, which is aborted.
    Aborted,
}

/// Runs a program, cancels it after that many polls or so, and looks at what is left.
async fn hold_to_the_contract(steps: Vec<Step>, polls: usize, end: End) -> Result<(), String> {
    let (books, tracker) = (Books::default(), CleanupTracker::new());
    let program = tracker.scope(run(steps, books.clone(), Vec::new()));
    let whole = async {
        if end == End::Dropped {
            let _ = AssertUnwindSafe(cancel_after(polls, program))
                .catch_unwind()
                .await;
            return;
        }
        let task = tokio::spawn(program);
        for _ in 0..polls {
            tokio::task::yield_now().await;
        }
        task.abort();
        let _ = task.await;
    };
    let in_time = tokio::time::timeout(Duration::from_secs(20), whole).await;
    in_time.map_err(|_| format!("hangs: {:?}", books.0))?;
    let report = tracker.drain(Duration::from_secs(20)).await;
    if !report.still_running.is_empty() {
        return Err(format!("{report}\n{:?}", books.0));
    }
    books.check()
}

fn explore(cases: u32, end: End, mut on: impl FnMut(Running<'_>) -> Result<(), String>) {
    let silent = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref() != Some(&"planned") {
            silent(info);
        }
    }));
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let on = std::cell::RefCell::new(&mut on);
    let explored = runner.run(&(steps(), 0..20_usize), |(steps, polls)| {
        on.borrow_mut()(Box::pin(hold_to_the_contract(steps, polls, end)))
            .map_err(TestCaseError::fail)
    });
    if let Err(error) = explored {
        panic!("{error}");
    }
}

fn single() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn programs_on_a_current_thread_runtime_keep_the_contract() {
    let runtime = single();
    explore(4_000, End::Dropped, |program| runtime.block_on(program));
}

#[test]
fn programs_on_a_multi_thread_runtime_keep_the_contract() {
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().unwrap();
    explore(4_000, End::Dropped, |program| runtime.block_on(program));
}

#[test]
fn programs_in_a_local_set_keep_the_contract() {
    let runtime = single();
    explore(1_000, End::Dropped, |program| {
        LocalSet::new().block_on(&runtime, program)
    });
}

#[test]
fn programs_that_are_aborted_keep_the_contract() {
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().unwrap();
    explore(1_000, End::Aborted, |program| runtime.block_on(program));
}
