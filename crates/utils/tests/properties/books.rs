//! Resources that keep books, and the ways in which the cleanup of one is come by.

use std::fmt::Debug;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, CleanupTracker};
use proptest::prelude::*;
use proptest::test_runner::Config;
use tracing::Level;

use crate::common::{block_on, reports};

pub type Id = usize;

/// What the cleanup of the resource with this number failed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure(pub Id);

/// What was opened, and what became of it.
#[derive(Clone, Default)]
pub struct Books(Arc<Mutex<Written>>);

#[derive(Default)]
struct Written {
    opened: Vec<Spec>,
    closed: Vec<Id>,
    dropped: Vec<Id>,
    returned: Vec<Id>,
    /// Not to be closed after all: deferred closures that were dismissed.
    dismissed: Vec<Id>,
    /// Have no value to drop: deferred closures.
    without_value: Vec<Id>,
    cancel_safe: bool,
}

/// How the cleanup of one resource goes.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    pub fails: bool,
    pub yields: u8,
}

pub fn spec() -> impl Strategy<Value = Spec> {
    (any::<bool>(), 0..3_u8).prop_map(|(fails, yields)| Spec { fails, yields })
}

/// How somebody who holds a guard lets go of it; after the number of polls, the future is dropped.
#[derive(Debug, Clone, Copy)]
pub enum Ending {
    CleanUp,
    CancelThenCleanUp(u8),
    /// Cleaned up instead where guards are plain.
    CancelThenDrop(u8),
    /// Cleaned up instead where guards are plain.
    Drop,
}

pub fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        Just(Ending::CleanUp),
        polls().prop_map(Ending::CancelThenCleanUp),
        polls().prop_map(Ending::CancelThenDrop),
        Just(Ending::Drop),
    ]
}

pub fn polls() -> impl Strategy<Value = u8> {
    0..6_u8
}

/// 500 cases each, or as many as `PROPTEST_CASES` asks for beyond that.
pub fn config() -> Config {
    let default = Config::default();
    Config {
        cases: default.cases.max(500),
        // A failing sequence is printed at its shortest; it becomes a test of its own, not a file of seeds.
        failure_persistence: None,
        ..default
    }
}

impl Books {
    /// Opens a resource, under a guard that is cancel-safe when all of these books are.
    pub fn open(&self, spec: Spec) -> AsyncDropGuard<Resource> {
        let resource = Resource {
            id: self.enter(spec),
            books: self.clone(),
        };
        if self.is_cancel_safe() {
            AsyncDropGuard::new_cancel_safe(resource)
        } else {
            AsyncDropGuard::new(resource)
        }
    }

    /// Enters a deferred closure, which is to close what it gets the number of.
    pub fn enter_closure(&self, spec: Spec) -> Id {
        let id = self.enter(spec);
        self.lock().without_value.push(id);
        id
    }

    fn enter(&self, spec: Spec) -> Id {
        let mut written = self.lock();
        written.opened.push(spec);
        written.opened.len() - 1
    }

    pub fn dismiss(&self, id: Id) {
        self.lock().dismissed.push(id);
    }

    pub fn is_cancel_safe(&self) -> bool {
        self.lock().cancel_safe
    }

    pub fn spec(&self, id: Id) -> Spec {
        self.lock().opened[id]
    }

    /// All that has been closed, in order.
    pub fn closed(&self) -> Vec<Id> {
        self.lock().closed.clone()
    }

    /// Notes what a cleanup gave to its caller.
    pub fn returned(&self, result: Result<(), Failure>) {
        if let Err(Failure(id)) = result {
            self.lock().returned.push(id);
        }
    }

    pub async fn close(&self, id: Id) -> Result<(), Failure> {
        let Spec { fails, yields } = self.spec(id);
        for _ in 0..yields {
            tokio::task::yield_now().await;
        }
        self.lock().closed.push(id);
        if fails { Err(Failure(id)) } else { Ok(()) }
    }

    /// Lets go of a guard, and notes the error that it returns.
    pub async fn end<T>(&self, mut guard: AsyncDropGuard<T>, ending: Ending)
    where
        T: AsyncDrop<Error = Failure> + Debug,
    {
        if let Ending::CancelThenCleanUp(polls) | Ending::CancelThenDrop(polls) = ending {
            if let Some(result) = cancel_after(polls, guard.async_drop()).await {
                return self.returned(result);
            }
        }
        let drop_it = matches!(ending, Ending::Drop | Ending::CancelThenDrop(_));
        if drop_it && self.is_cancel_safe() {
            drop(guard);
        } else {
            self.returned(guard.async_drop().await);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap()
    }

    fn check(&self, reported: Vec<Id>) {
        let written = self.lock();
        let all = |but: &[&[Id]]| -> Vec<Id> {
            let but = but.concat();
            (0..written.opened.len())
                .filter(|id| !but.contains(id))
                .collect()
        };
        let sorted = |mut ids: Vec<Id>| {
            ids.sort_unstable();
            ids
        };
        assert_eq!(
            sorted(written.closed.clone()),
            all(&[&written.dismissed]),
            "closed exactly once"
        );
        assert_eq!(
            sorted(written.dropped.clone()),
            all(&[&written.without_value]),
            "dropped exactly once"
        );
        let told = sorted([&*written.returned, &*reported].concat());
        let mut failed = all(&[&written.dismissed]);
        failed.retain(|id| written.opened[*id].fails);
        assert_eq!(
            told, failed,
            "told exactly once; returned: {:?}, reported: {reported:?}",
            written.returned
        );
    }
}

/// Runs `scenario` with empty books on a runtime, awaits what it hands over, and checks the books.
pub fn balanced(cancel_safe: bool, scenario: impl AsyncFnOnce(&Books)) {
    let books = Books::default();
    books.lock().cancel_safe = cancel_safe;
    let ((), events) = reports(|| {
        block_on(async {
            let tracker = CleanupTracker::new();
            tracker.scope(scenario(&books)).await;
            let report = tracker.drain(Duration::from_secs(60)).await;
            assert!(report.still_running.is_empty(), "{report}");
        });
    });
    let reported = events
        .iter()
        .filter(|event| event.level == Level::ERROR)
        .map(|event| {
            let number = event.field("error").strip_prefix("Failure(");
            let number = number.and_then(|rest| rest.strip_suffix(')'));
            number
                .and_then(|id| id.parse().ok())
                .unwrap_or_else(|| panic!("{event:?}"))
        });
    books.check(reported.collect());
}

/// Drops `future` when it has been polled that often and is not done.
pub async fn cancel_after<F: Future>(polls: u8, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[derive(Debug)]
pub struct Resource {
    pub id: Id,
    books: Books,
}

#[async_trait::async_trait]
impl AsyncDrop for Resource {
    type Error = Failure;

    async fn async_drop_impl(&mut self) -> Result<(), Failure> {
        self.books.close(self.id).await
    }
}

impl Drop for Resource {
    fn drop(&mut self) {
        self.books.lock().dropped.push(self.id);
    }
}

impl Debug for Books {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Books")
    }
}
