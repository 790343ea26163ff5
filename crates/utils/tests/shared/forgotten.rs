//! Clones, arcs and futures that are dropped or that panic.

use super::*;

const FILE: &str = file!();

async fn panics_after_a_yield(log: Log) -> AsyncDropGuard<Probe> {
    tokio::task::yield_now().await;
    log.push("panics");
    panic!("a bug in the future");
}

#[test]
fn a_panic_of_the_future_reaches_every_clone_that_is_awaited_and_leaves_nothing_to_clean_up() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut first = AsyncDropShared::new(panics_after_a_yield(log.clone()));
        let mut second = AsyncDropShared::clone(&first);
        let mut third = AsyncDropShared::clone(&first);
        let (a, b) = tokio::join!(
            AssertUnwindSafe(&mut *first).catch_unwind(),
            AssertUnwindSafe(&mut *second).catch_unwind(),
        );
        let mut messages = [a, b].map(|panic| payload_message(&*panic.unwrap_err()));
        messages.sort_unstable(); // either of them may be the one that polls
        assert_eq!(
            messages,
            ["The shared future has panicked", "a bug in the future"]
        );
        assert!(third.peek().is_none());
        clean_up!(first, second, third);
        assert_eq!(log.entries(), ["panics"]);
    });
}

#[test]
fn a_panic_while_the_last_clone_drives_leaves_its_async_drop_and_the_next_call_is_ok() {
    on_both_flavours(async || {
        let mut shared = AsyncDropShared::new(panics_after_a_yield(Log::new()));
        let panic = AssertUnwindSafe(shared.async_drop()).catch_unwind().await;
        assert_eq!(payload_message(&*panic.unwrap_err()), "a bug in the future");
        assert!(shared.is_dropped());
        assert_eq!(shared.async_drop().await, Ok(()));
    });
}

#[test]
fn a_forgotten_clone_panics_with_its_own_origin_and_leaves_the_others_alone() {
    let log = Log::new();
    let mut first = AsyncDropShared::new_ready(log.guard("a"));
    let line = line!() + 1;
    let second = AsyncDropShared::clone(&first);
    let (message, seen) = reports(|| panic_message(|| drop(second)));
    assert!(
        message.starts_with("Forgot to call async_drop on AsyncDropShared("),
        "{message}"
    );
    assert!(
        message.ends_with(&format!("guard made at {FILE}:{line}:18)")),
        "{message}"
    );
    assert!(seen.is_empty());
    block_on(first.async_drop()).unwrap();
    assert_eq!(log.count("cleaned a"), 1);
}

#[test]
fn a_forgotten_last_clone_panics_and_its_value_is_reported() {
    let log = Log::new();
    let shared = AsyncDropShared::new_ready(log.guard("a"));
    let (message, seen) = reports(|| panic_message(|| drop(shared)));
    assert!(message.starts_with("Forgot to call async_drop on AsyncDropShared("));
    assert!(
        seen.iter()
            .any(|report| report.field("value") == "Probe(a)"),
        "{seen:?}"
    );
    assert_eq!(log.count("cleanup a"), 0);
}

#[test]
fn clones_dropped_before_there_is_a_value_leave_the_rest_to_the_others_and_to_the_future() {
    let log = Log::new();
    let ((), seen) = reports(|| {
        let first = AsyncDropShared::new(make(log.probe("a"), 0));
        let second = AsyncDropShared::clone(&first);
        drop(first);
        let mut third = AsyncDropShared::clone(&second);
        drop(second);
        block_on(third.async_drop()).unwrap();
        assert_eq!(log.count("cleaned a"), 1);

        drop(AsyncDropShared::new(make(log.probe("b"), 0)));
        assert_eq!(log.count("drop b"), 1);
    });
    assert!(seen.is_empty());
}

#[test]
fn a_forgotten_arc_names_the_clone_that_gave_it() {
    let log = Log::new();
    let line = line!() + 1;
    let mut shared = AsyncDropShared::new(make(log.probe("a"), 0));
    let arc = block_on(async { (&mut *shared).await });
    let message = panic_message(|| drop(arc));
    assert!(message.starts_with("Forgot to call async_drop on AsyncDropArc("));
    assert!(
        message.ends_with(&format!("guard made at {FILE}:{line}:22)")),
        "{message}"
    );
    block_on(shared.async_drop()).unwrap();
    assert_eq!(log.count("cleaned a"), 1);
}
