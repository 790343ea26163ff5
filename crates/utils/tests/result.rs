//! `AsyncDropResult`.

mod common;

use async_drop_utils::{AsyncDropGuard, AsyncDropResult};
use common::{
    Borrowing, Log, Probe, ProbeError, cancel_at_first_await, on_both_flavours, panic_message,
    reports,
};

const FILE: &str = file!();

type ProbeResult = AsyncDropResult<Probe, &'static str>;

#[test]
fn cleaning_up_a_success_cleans_up_its_value() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut result = ProbeResult::new(Ok(log.probe("a").yielding(1).guard()));
        assert_eq!(result.async_drop().await, Ok(()));
        assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn failed_cleanup_of_the_value_is_returned() {
    on_both_flavours(async || {
        let mut result = ProbeResult::new(Ok(Log::new().probe("a").failing().guard()));
        assert_eq!(result.async_drop().await, Err(ProbeError("a")));
        assert_eq!(result.async_drop().await, Ok(()));
    });
}

#[test]
fn cleaning_up_a_failure_is_ok() {
    on_both_flavours(async || {
        let mut result = ProbeResult::new(Err("not made"));
        assert_eq!(result.async_drop().await, Ok(()));
    });
}

#[test]
fn success_shows_its_guard_and_no_error() {
    on_both_flavours(async || {
        let mut result = ProbeResult::new(Ok(Log::new().guard("a")));
        assert_eq!(result.ok().map(|guard| guard.name), Some("a"));
        assert_eq!(result.err(), None);
        assert!(result.as_inner().is_ok());
        result.async_drop().await.unwrap();
    });
}

#[test]
fn failure_shows_its_error_and_no_guard() {
    on_both_flavours(async || {
        let mut result = ProbeResult::new(Err("not made"));
        assert!(result.ok().is_none());
        assert_eq!(result.err(), Some(&"not made"));
        assert!(result.as_inner().is_err());
        result.async_drop().await.unwrap();
    });
}

#[test]
fn result_is_taken_out_with_its_guard_still_armed() {
    on_both_flavours(async || {
        let log = Log::new();
        let result = ProbeResult::new(Ok(log.guard("a")));
        let mut guard = AsyncDropResult::into_inner(result).unwrap();
        assert!(log.entries().is_empty());
        guard.async_drop().await.unwrap();
        assert_eq!(log.count("cleaned a"), 1);

        let result = ProbeResult::new(Err("not made"));
        let error = AsyncDropResult::into_inner(result).err();
        assert_eq!(error, Some("not made"));
    });
}

#[test]
fn taking_the_result_out_after_the_cleanup_panics() {
    on_both_flavours(async || {
        let mut result = ProbeResult::new(Err("not made"));
        result.async_drop().await.unwrap();
        let message = panic_message(|| AsyncDropResult::into_inner(result));
        assert_eq!(message, "Value already dropped");
    });
}

#[test]
fn forgotten_success_panics_and_names_the_place_of_the_result() {
    let guard = Log::new().guard("a");
    let (line, result) = (line!(), ProbeResult::new(Ok(guard)));
    let (message, reports) = reports(|| panic_message(|| drop(result)));
    assert!(message.contains("Probe(a)"), "{message}");
    assert!(message.contains(&format!("{FILE}:{line}:")), "{message}");
    let [report] = &reports[..] else {
        panic!("{reports:?}")
    };
    assert_eq!(report.field("value"), "Probe(a)");
}

#[test]
fn dropped_failure_has_nothing_to_clean_up() {
    let ((), reports) = reports(|| drop(ProbeResult::new(Err("not made"))));
    assert!(reports.is_empty(), "{reports:?}");
}

#[cfg(feature = "tokio")]
#[test]
fn dropped_success_leaves_a_cancel_safe_guard_to_clean_up() {
    on_both_flavours(async || {
        let log = Log::new();
        let guard = AsyncDropGuard::new_cancel_safe(log.probe("a"));
        drop(ProbeResult::new(Ok(guard)));
        while log.count("cleaned a") == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    });
}

#[test]
fn cancelled_cleanup_leaves_the_guard_armed_and_the_next_call_runs_it_again() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut result = ProbeResult::new(Ok(log.probe("a").stuck_once().guard()));
        cancel_at_first_await(result.async_drop());
        assert!(!result.is_dropped());
        assert_eq!(result.async_drop().await, Ok(()));
        assert_eq!(log.count("cleanup a"), 2);
    });
}

#[test]
fn result_crosses_threads_and_takes_values_that_borrow() {
    fn assert_send<S: Send>(value: S) -> S {
        value
    }
    on_both_flavours(async || {
        let entries = std::sync::Mutex::default();
        let guard = AsyncDropGuard::new(Borrowing(&entries));
        let made: Result<_, Box<dyn std::fmt::Debug + Send>> = Ok(guard);
        let mut result = assert_send(AsyncDropResult::new(made));
        assert_send(result.async_drop()).await.unwrap();
        assert_eq!(*entries.lock().unwrap(), ["cleaned"]);
    });
}
