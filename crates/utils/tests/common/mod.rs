//! Values to guard, a recorder for reports, and both runtimes: what the tests of every helper share.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::{self, Debug, Display};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::Poll;

use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use tokio::runtime::{Builder, Runtime};
use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;

/// What happened, in order; clones share the entries.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&self, entry: impl Display) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(entry.to_string());
    }

    pub fn entries(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How often `entry` was pushed.
    pub fn count(&self, entry: &str) -> usize {
        self.entries().iter().filter(|e| *e == entry).count()
    }

    /// Whose cleanups have run to their end, in that order.
    pub fn cleaned(&self) -> Vec<String> {
        let entries = self.entries();
        let names = entries.iter().filter_map(|e| e.strip_prefix("cleaned "));
        names.map(str::to_owned).collect()
    }

    /// A value named `name` that writes to this log.
    pub fn probe(&self, name: &'static str) -> Probe {
        Probe {
            name,
            log: self.clone(),
            fails: false,
            yields: 0,
            stuck_calls: 0,
        }
    }

    /// The same, in a plain guard that was made where this is called.
    #[track_caller]
    pub fn guard(&self, name: &'static str) -> AsyncDropGuard<Probe> {
        self.probe(name).guard()
    }
}

/// Logs `cleanup NAME` when its cleanup starts, `cleaned NAME` when it has run to its end, and `drop NAME` in `Drop`.
pub struct Probe {
    pub name: &'static str,
    log: Log,
    fails: bool,
    yields: usize,
    stuck_calls: usize,
}

impl Probe {
    /// Its cleanup runs to its end, then fails with [`ProbeError`] of its name.
    pub fn failing(mut self) -> Self {
        self.fails = true;
        self
    }

    /// Its cleanup yields to the runtime `times` times on the way.
    pub fn yielding(mut self, times: usize) -> Self {
        self.yields = times;
        self
    }

    /// The first call of its cleanup never completes; calls after that do.
    pub fn stuck_once(mut self) -> Self {
        self.stuck_calls = 1;
        self
    }

    #[track_caller]
    pub fn guard(self) -> AsyncDropGuard<Self> {
        AsyncDropGuard::new(self)
    }

    pub fn log(&self) -> &Log {
        &self.log
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Probe {
    type Error = ProbeError;

    async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
        self.log.push(format_args!("cleanup {}", self.name));
        if self.stuck_calls > 0 {
            self.stuck_calls -= 1;
            std::future::pending::<()>().await;
        }
        for _ in 0..self.yields {
            tokio::task::yield_now().await;
        }
        self.log.push(format_args!("cleaned {}", self.name));
        if self.fails {
            Err(ProbeError(self.name))
        } else {
            Ok(())
        }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.log.push(format_args!("drop {}", self.name));
    }
}

impl Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Probe({})", self.name)
    }
}

/// What the cleanup of the probe with this name failed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeError(pub &'static str);

impl Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no cleanup of {}", self.0)
    }
}

impl std::error::Error for ProbeError {}

/// A value that is not `'static`: its cleanup writes through a borrow.
#[derive(Debug)]
pub struct Borrowing<'a>(pub &'a Mutex<Vec<&'static str>>);

#[async_trait::async_trait]
impl AsyncDrop for Borrowing<'_> {
    type Error = ProbeError;

    async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
        self.0.lock().unwrap().push("cleaned");
        Ok(())
    }
}

/// A value whose cleanup cannot fail.
#[derive(Debug)]
pub struct Infallible(pub Log);

#[async_trait::async_trait]
impl AsyncDrop for Infallible {
    type Error = std::convert::Infallible;

    async fn async_drop_impl(&mut self) -> Result<(), Self::Error> {
        self.0.push("cleaned");
        Ok(())
    }
}

/// A value whose cleanup is the future that it is given.
pub struct Custom(Pin<Box<dyn Future<Output = Result<(), ProbeError>> + Send>>);

impl Custom {
    #[track_caller]
    pub fn guard(
        cleanup: impl Future<Output = Result<(), ProbeError>> + Send + 'static,
    ) -> AsyncDropGuard<Self> {
        AsyncDropGuard::new(Self(Box::pin(cleanup)))
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Custom {
    type Error = ProbeError;

    async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
        (&mut self.0).await
    }
}

impl Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Custom")
    }
}

/// One event that the crate emitted.
#[derive(Debug, Clone)]
pub struct Report {
    pub level: Level,
    pub target: String,
    pub message: String,
    fields: BTreeMap<String, String>,
}

impl Report {
    /// The field's value as the event shows it; empty when it has none of that name.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// Holds the report to one cleanup error of a `T`, at error level and with its target, from a guard made in `file`.
    #[track_caller]
    pub fn assert_cleanup_failed<T: ?Sized>(&self, error: impl Debug, file: &str) {
        assert_eq!(self.level, Level::ERROR);
        assert_eq!(self.target, "async_drop");
        assert_eq!(self.message, "cleanup failed");
        assert_eq!(self.field("error"), format!("{error:?}"));
        assert_eq!(self.field("type_name"), std::any::type_name::<T>());
        let origin = self.field("origin");
        assert!(origin.starts_with(&format!("{file}:")), "made at {origin}");
    }
}

/// Runs `scenario` and returns the events that this thread emitted meanwhile (a runtime's workers are other threads).
pub fn reports<R>(scenario: impl FnOnce() -> R) -> (R, Vec<Report>) {
    recorded(|_| scenario())
}

/// Runs `scenario` on a current-thread runtime, then on a multi-thread one, sees that both emit the same events, workers too,
/// and returns what it gave last, with them.
#[track_caller]
pub fn reports_of<R>(scenario: impl AsyncFn() -> R) -> (R, Vec<Report>) {
    let (_, of_the_first) = reports(|| current_thread().block_on(scenario()));
    let last = recorded(|recorder| {
        let recorder = recorder.clone();
        let runtime = multi_thread_with(move |builder| {
            builder.on_thread_start(move || {
                // As long as the thread, which ends with the runtime.
                std::mem::forget(tracing::dispatcher::set_default(&recorder));
            })
        });
        runtime.block_on(scenario())
    });
    assert_eq!(kinds(&of_the_first), kinds(&last.1), "the runtimes differ");
    last
}

/// What does not depend on which thread was first.
fn kinds(reports: &[Report]) -> Vec<(Level, &str, &str)> {
    let mut kinds: Vec<_> = reports
        .iter()
        .map(|report| (report.level, &*report.message, report.field("type_name")))
        .collect();
    kinds.sort_unstable();
    kinds
}

fn recorded<R>(scenario: impl FnOnce(&Dispatch) -> R) -> (R, Vec<Report>) {
    // With a single subscriber, tracing asks only the thread that reaches an event first, and when that thread has none it
    // switches the event off for all: two that live on make it ask every one.
    static EVENTS_STAY_ON: OnceLock<[Dispatch; 2]> = OnceLock::new();
    EVENTS_STAY_ON.get_or_init(|| [(); 2].map(|()| Dispatch::new(Registry::default())));

    let recorder = Recorder::default();
    let subscriber = Dispatch::new(Registry::default().with(recorder.clone()));
    let result = tracing::dispatcher::with_default(&subscriber, || scenario(&subscriber));
    let reports = std::mem::take(&mut *recorder.0.lock().unwrap_or_else(PoisonError::into_inner));
    (result, reports)
}

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Report>>>);

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // Runtimes and their helpers trace too; only what this crate says counts.
        if !event.metadata().target().starts_with("async_drop") {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = fields.0.remove("message").unwrap_or_default();
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Report {
                level: *event.metadata().level(),
                target: event.metadata().target().to_owned(),
                message,
                fields: fields.0,
            });
    }
}

#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

pub fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

pub fn multi_thread() -> Runtime {
    multi_thread_with(|builder| builder)
}

fn multi_thread_with(set_up: impl FnOnce(&mut Builder) -> &mut Builder) -> Runtime {
    let mut builder = Builder::new_multi_thread();
    set_up(builder.worker_threads(2).enable_all())
        .build()
        .unwrap()
}

/// Runs `scenario` on a current-thread runtime, then on a multi-thread one.
pub fn on_both_flavours(scenario: impl AsyncFn()) {
    current_thread().block_on(scenario());
    multi_thread().block_on(scenario());
}

/// Runs `future` on a current-thread runtime.
pub fn block_on<R>(future: impl Future<Output = R>) -> R {
    current_thread().block_on(future)
}

/// The words that `scenario` panics with.
#[track_caller]
pub fn panic_message<R>(scenario: impl FnOnce() -> R) -> String {
    match catch_unwind(AssertUnwindSafe(scenario)) {
        Ok(_) => panic!("expected a panic, and there was none"),
        Err(payload) => payload_message(&*payload),
    }
}

/// The words in a panic's payload, such as [`tokio::task::JoinError::into_panic`] gives.
pub fn payload_message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(|s| (*s).to_owned()))
        .expect("a panic's payload is its words")
}

/// Polls `future` once, sees it pending, and drops it: what cancelling it at its first await does.
#[track_caller]
pub fn cancel_at_first_await<F: Future>(future: F) {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(
        future.as_mut().poll(&mut context).is_pending(),
        "expected to meet a pending await"
    );
}

/// Drops `future` when it has been polled that often and is not done.
pub async fn cancel_after<F: Future>(polls: usize, future: F) {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 || future.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        left -= 1;
        // What it waits for may never come.
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
