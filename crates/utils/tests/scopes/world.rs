//! Values whose cleanup stops where a test says, and the places where a scenario runs.

use std::collections::HashSet;
use std::fmt::{self, Debug, Display};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use async_drop_utils::{AsyncDrop, AsyncDropGuard, CleanupTracker};
use tokio::runtime::Builder;
use tokio::sync::Notify;
use tokio::task::LocalSet;

/// Longer than any test takes that is not stuck.
pub const LONG: Duration = Duration::from_secs(5);

/// What has happened, which cleanups are held back, and the tracker that all of it is handed to.
#[derive(Clone, Default)]
pub struct World {
    pub tracker: CleanupTracker,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    log: Vec<String>,
    held: HashSet<&'static str>,
}

impl World {
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.shared.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }

    pub fn value(&self, name: &'static str) -> Value {
        Value {
            name,
            world: self.clone(),
        }
    }

    /// A plain guard.
    pub fn plain(&self, name: &'static str) -> AsyncDropGuard<Value> {
        AsyncDropGuard::new(self.value(name))
    }

    /// A cancel-safe guard, to be used outside of a scope of its own.
    pub fn bare(&self, name: &'static str) -> AsyncDropGuard<Value> {
        AsyncDropGuard::new_cancel_safe(self.value(name))
    }

    /// Lets the cleanup of `name` start and not end, until [`release`](Self::release).
    pub fn hold(&self, name: &'static str) {
        self.state().held.insert(name);
    }

    pub fn release(&self, name: &'static str) {
        self.state().held.remove(name);
        self.shared.changed.notify_waiters();
    }

    pub fn push(&self, entry: impl Display) {
        self.state().log.push(entry.to_string());
        self.shared.changed.notify_waiters();
    }

    pub fn log(&self) -> Vec<String> {
        self.state().log.clone()
    }

    pub fn has(&self, entry: &str) -> bool {
        self.state().log.iter().any(|line| line == entry)
    }

    pub fn started(&self, name: &str) -> bool {
        self.has(&format!("start {name}"))
    }

    /// Waits until `entry` has been logged.
    pub async fn until(&self, entry: &str) {
        let entries = || self.has(entry).then_some(());
        self.once(entries).await.unwrap_or_else(|| {
            panic!("`{entry}` never happened: {:?}", self.log());
        });
    }

    async fn once<R>(&self, look: impl Fn() -> Option<R>) -> Option<R> {
        let start = Instant::now();
        while start.elapsed() < LONG {
            if let Some(found) = look() {
                return Some(found);
            }
            let changed = self.shared.changed.notified();
            let _ = tokio::time::timeout(Duration::from_millis(2), changed).await;
        }
        look()
    }

    /// Lets everything go on that can.
    pub async fn settle(&self) {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    /// Asserts that `before` has ended before `after` started.
    #[track_caller]
    pub fn assert_order(&self, before: &str, after: &str) {
        let log = self.log();
        let place = |entry: String| {
            let place = log.iter().position(|line| *line == entry);
            place.unwrap_or_else(|| panic!("`{entry}` is missing: {log:?}"))
        };
        let (end, start) = (
            place(format!("end {before}")),
            place(format!("start {after}")),
        );
        assert!(
            end < start,
            "{after} started before {before} had ended: {log:?}"
        );
    }

    /// Sees the later ones of `names` wait while the first is held, lets it go, and awaits all: they have run in this order.
    pub async fn drained_in_order(&self, names: &[&'static str]) {
        let [first, later @ ..] = names else { return };
        self.until(&format!("start {first}")).await;
        self.settle().await;
        self.none_started(later);
        self.release(first);
        self.drained().await;
        for pair in names.windows(2) {
            self.assert_order(pair[0], pair[1]);
        }
    }

    /// Sees all of `names` start while each is held, lets them go, and awaits all.
    pub async fn drained_side_by_side(&self, names: &[&'static str]) {
        for name in names {
            self.until(&format!("start {name}")).await;
        }
        for name in names {
            self.release(name);
        }
        self.drained().await;
    }

    #[track_caller]
    pub fn none_started(&self, names: &[&str]) {
        let started = names.iter().any(|name| self.started(name));
        assert!(!started, "{names:?}: {:?}", self.log());
    }

    /// Awaits all cleanups, each of which must have run once and ended.
    pub async fn drained(&self) {
        let report = self.tracker.drain(LONG).await;
        assert!(report.is_clean(), "{report}\n{:?}", self.log());
        let log = self.log();
        for line in &log {
            let times = log.iter().filter(|other| *other == line).count();
            assert_eq!(times, 1, "{line}: {log:?}");
        }
    }
}

/// Logs `start NAME` and `end NAME`; between them it waits for as long as its name is held.
pub struct Value {
    pub name: &'static str,
    world: World,
}

impl Value {
    pub async fn clean_up(&mut self) {
        self.world.push(format_args!("start {}", self.name));
        let name = self.name;
        loop {
            let changed = self.world.shared.changed.notified();
            let mut changed = pin!(changed);
            changed.as_mut().enable();
            if !self.world.state().held.contains(name) {
                break;
            }
            changed.await;
        }
        self.world.push(format_args!("end {}", self.name));
    }
}

impl Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({})", self.name)
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Value {
    type Error = String;

    async fn async_drop_impl(&mut self) -> Result<(), String> {
        self.clean_up().await;
        Ok(())
    }
}

/// A value whose cleanup is whatever future it is given.
pub struct Custom(std::pin::Pin<Box<dyn Future<Output = ()> + Send>>);

impl Custom {
    pub fn plain(cleanup: impl Future<Output = ()> + Send + 'static) -> AsyncDropGuard<Self> {
        AsyncDropGuard::new(Self(Box::pin(cleanup)))
    }

    pub fn bare(cleanup: impl Future<Output = ()> + Send + 'static) -> AsyncDropGuard<Self> {
        AsyncDropGuard::new_cancel_safe(Self(Box::pin(cleanup)))
    }
}

impl Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Custom")
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Custom {
    type Error = String;

    async fn async_drop_impl(&mut self) -> Result<(), String> {
        (&mut self.0).await;
        Ok(())
    }
}

/// Runs `scenario` on a current-thread runtime, on a multi-thread one, and in a `LocalSet`; each must end in time.
pub fn everywhere(scenario: impl AsyncFn(World)) {
    let run = async |place: &str| {
        let world = World::new();
        let whole = world.tracker.scope(scenario(world.clone()));
        if tokio::time::timeout(4 * LONG, whole).await.is_err() {
            panic!("{place}: stuck after {:?}", world.log());
        }
    };
    let single = || Builder::new_current_thread().enable_all().build().unwrap();
    single().block_on(run("current thread"));
    let mut builder = Builder::new_multi_thread();
    let multi = builder.worker_threads(2).enable_all().build().unwrap();
    multi.block_on(run("multi thread"));
    LocalSet::new().block_on(&single(), run("local set"));
}

/// Polls `future` until `entry` has been logged, then drops it.
pub async fn cancel_at<R>(world: &World, entry: &str, future: impl Future<Output = R>) {
    tokio::select! {
        biased;
        _ = future => panic!("the future ended instead of being cancelled: {:?}", world.log()),
        () = world.until(entry) => {}
    }
}

/// Polls `future` once, sees it pending, and drops it.
pub async fn cancel<R>(future: impl Future<Output = R>) {
    let mut future = Box::pin(future);
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending(), "it has ended");
        Poll::Ready(())
    })
    .await;
}
