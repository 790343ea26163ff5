//! Code that only says something and panics over it costs its own message: nothing else is lost, and nothing aborts.
//!
//! Each scenario runs in a process of its own, since what is shown is that the process goes on.
#![cfg(feature = "tokio")]

use std::env;
use std::fmt::{self, Debug};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_drop_utils::{
    AsyncDrop, AsyncDropGuard, SyncDrop, async_drop_in_order, drain, set_forgotten_guard_hook,
};
use tracing::{Event, Metadata, Subscriber, span};

const SCENARIO: &str = "ASYNC_DROP_TEST_SCENARIO";

/// What cannot be shown: its `Debug` panics, as value and as error.
struct Unspeakable;

impl Debug for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no words");
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Unspeakable {
    type Error = Self;

    async fn async_drop_impl(&mut self) -> Result<(), Self> {
        CLEANED.fetch_add(1, Ordering::SeqCst);
        Err(Self)
    }
}

static CLEANED: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
struct Quiet;

#[async_trait::async_trait]
impl AsyncDrop for Quiet {
    type Error = std::convert::Infallible;

    async fn async_drop_impl(&mut self) -> Result<(), Self::Error> {
        CLEANED.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// Interested in everything, and panics over it.
struct PanickingSubscriber;

impl Subscriber for PanickingSubscriber {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "async_drop"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        // Shows the fields, as a subscriber that prints does.
        event
            .record(&mut |_: &tracing::field::Field, value: &dyn Debug| drop(format!("{value:?}")));
        panic!("the subscriber breaks");
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn words_of(scenario: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(scenario)).expect_err("it panics");
    payload
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_default()
}

/// One of each flavour.
fn runtimes() -> [tokio::runtime::Runtime; 2] {
    use tokio::runtime::Builder;

    [Builder::new_current_thread(), Builder::new_multi_thread()]
        .map(|mut builder| builder.enable_all().build().unwrap())
}

fn forgotten_value() {
    let words = words_of(|| drop(AsyncDropGuard::new(Unspeakable)));
    assert!(
        words.starts_with("Forgot to call async_drop on <its Debug panics> (type "),
        "{words}"
    );
}

fn forgotten_value_of_a_hook_that_panics() {
    set_forgotten_guard_hook(Box::new(|forgotten| {
        panic!("{forgotten} {forgotten:?} {:?}", forgotten.value())
    }));
    let words = words_of(|| drop(AsyncDropGuard::new(Unspeakable)));
    assert!(words.contains("<its Debug panics>"), "{words}");
}

fn forgotten_value_while_panicking() {
    let words = words_of(|| {
        let _guard = AsyncDropGuard::new(Unspeakable);
        panic!("{}", "the first");
    });
    assert_eq!(words, "the first");
}

fn error_in_sync_drop() {
    let words = words_of(|| drop(SyncDrop::new(AsyncDropGuard::new(Unspeakable))));
    assert!(
        words.starts_with("Cleanup in SyncDrop failed: <its Debug panics> (type "),
        "{words}"
    );
}

fn error_in_sync_drop_while_panicking() {
    let words = words_of(|| {
        let _fixture = SyncDrop::new(AsyncDropGuard::new(Unspeakable));
        panic!("{}", "the first");
    });
    assert_eq!(words, "the first");
    assert_eq!(CLEANED.load(Ordering::SeqCst), 1);
}

fn further_error_of_members() {
    for runtime in runtimes() {
        let [mut one, mut two, mut three] = [(); 3].map(|()| AsyncDropGuard::new(Unspeakable));
        let ended: Result<(), Unspeakable> =
            runtime.block_on(async { async_drop_in_order!(one, two, three) });
        assert!(ended.is_err());
        assert_eq!(CLEANED.swap(0, Ordering::SeqCst), 3);
    }
}

fn queued_value_of_a_runtime_that_is_dropped() {
    for runtime in runtimes() {
        runtime.block_on(async {
            for _ in 0..3 {
                drop(AsyncDropGuard::new_cancel_safe(Unspeakable));
            }
        });
        drop(runtime);
    }
}

fn failed_cleanup_in_its_task() {
    for runtime in runtimes() {
        runtime.block_on(async {
            drop(AsyncDropGuard::new_cancel_safe(Unspeakable));
            let report = drain(Duration::from_secs(10)).await;
            assert_eq!(report.failed.len(), 1, "{report}");
        });
    }
}

fn cleanup_handed_over() {
    for runtime in runtimes() {
        runtime.block_on(async {
            drop(AsyncDropGuard::new_cancel_safe(Quiet));
            let report = drain(Duration::from_secs(10)).await;
            assert_eq!(report.finished.len(), 1, "{report}");
            assert_eq!(CLEANED.swap(0, Ordering::SeqCst), 1);
        });
    }
}

type Scenario = (&'static str, fn());

const SCENARIOS: &[Scenario] = &[
    ("forgotten value", forgotten_value),
    (
        "forgotten value of a hook that panics",
        forgotten_value_of_a_hook_that_panics,
    ),
    (
        "forgotten value while panicking",
        forgotten_value_while_panicking,
    ),
    ("error in SyncDrop", error_in_sync_drop),
    (
        "error in SyncDrop while panicking",
        error_in_sync_drop_while_panicking,
    ),
    ("further error of members", further_error_of_members),
    (
        "queued value of a runtime that is dropped",
        queued_value_of_a_runtime_that_is_dropped,
    ),
    ("failed cleanup in its task", failed_cleanup_in_its_task),
    ("cleanup handed over", cleanup_handed_over),
];

/// What the child process runs; in the parent, nothing.
#[test]
fn scenario_of_the_child() {
    let Ok(wanted) = env::var(SCENARIO) else {
        return;
    };
    let (name, under_subscriber) = match wanted.strip_suffix(", with a subscriber that panics") {
        Some(name) => (name, true),
        None => (wanted.as_str(), false),
    };
    if under_subscriber {
        tracing::subscriber::set_global_default(PanickingSubscriber).unwrap();
    }
    let scenario = SCENARIOS.iter().find(|(known, _)| *known == name);
    scenario.expect("a scenario of that name").1();
}

#[test]
fn no_message_that_panics_aborts_the_process_or_loses_more_than_itself() {
    let mut failed = String::new();
    for (name, _) in SCENARIOS {
        for suffix in ["", ", with a subscriber that panics"] {
            let child = Command::new(env::current_exe().unwrap())
                .args(["--exact", "scenario_of_the_child", "--nocapture"])
                .env(SCENARIO, format!("{name}{suffix}"))
                .output()
                .unwrap();
            if child.status.code() != Some(0) {
                let said = String::from_utf8_lossy(&child.stderr);
                failed.push_str(&format!("{name}{suffix}: {}\n{said}\n", child.status));
            }
        }
    }
    assert!(failed.is_empty(), "{failed}");
}
