//! The function `flatten_async_drop`.

mod common;

use std::fmt::Debug;
use std::sync::Mutex;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, flatten_async_drop};
use common::{
    Borrowing, Log, Probe, ProbeError, block_on, cancel_at_first_await, current_thread,
    multi_thread, on_both_flavours, panic_message, reports,
};

const FILE: &str = file!();

type Made = Result<AsyncDropGuard<Probe>, NotDebug>;

/// A constructor's error without `Debug`.
struct NotDebug(&'static str);

#[derive(Debug, PartialEq)]
struct Error(&'static str);

impl From<NotDebug> for Error {
    fn from(NotDebug(name): NotDebug) -> Self {
        Self(name)
    }
}

#[test]
fn both_guards_are_handed_on_armed() {
    on_both_flavours(async || {
        let log = Log::new();
        let (first, second): (Made, Made) = (Ok(log.guard("a")), Ok(log.guard("b")));
        let both: Result<_, Error> = flatten_async_drop(first, second).await;
        let (mut first, mut second) = both.unwrap();
        assert!(log.entries().is_empty());
        assert_eq!((first.name, second.name), ("a", "b"));
        first.async_drop().await.unwrap();
        second.async_drop().await.unwrap();
    });
}

#[test]
fn first_is_cleaned_up_when_the_second_failed() {
    on_both_flavours(async || {
        let log = Log::new();
        let first: Made = Ok(log.probe("a").yielding(1).guard());
        let second: Made = Err(NotDebug("no b"));
        let both: Result<_, Error> = flatten_async_drop(first, second).await;
        assert_eq!(both.unwrap_err(), Error("no b"));
        assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn second_is_cleaned_up_when_the_first_failed() {
    on_both_flavours(async || {
        let log = Log::new();
        let first: Made = Err(NotDebug("no a"));
        let second: Made = Ok(log.probe("b").yielding(1).guard());
        let both: Result<_, Error> = flatten_async_drop(first, second).await;
        assert_eq!(both.unwrap_err(), Error("no a"));
        assert_eq!(log.entries(), ["cleanup b", "cleaned b", "drop b"]);
    });
}

#[test]
fn failed_cleanup_is_reported_and_the_constructors_error_returned() {
    let failing = || -> Made { Ok(Log::new().probe("left").failing().guard()) };
    let failed = || -> Made { Err(NotDebug("not made")) };
    for (first, second) in [(failing(), failed()), (failed(), failing())] {
        let (both, reports) = reports(|| block_on(flatten_async_drop(first, second)));
        let both: Result<_, Error> = both;
        assert_eq!(both.unwrap_err(), Error("not made"));
        let [report] = &reports[..] else {
            panic!("{reports:?}")
        };
        report.assert_cleanup_failed::<Probe>(ProbeError("left"), FILE);
    }
}

#[test]
fn second_constructors_error_is_reported_by_its_type_when_both_failed() {
    struct OfSecond;
    impl From<OfSecond> for Error {
        fn from(_: OfSecond) -> Self {
            Self("no b")
        }
    }
    let first: Made = Err(NotDebug("no a"));
    let second: Result<AsyncDropGuard<Probe>, OfSecond> = Err(OfSecond);
    let (both, reports) = reports(|| block_on(flatten_async_drop(first, second)));
    let both: Result<_, Error> = both;
    assert_eq!(both.unwrap_err(), Error("no a"));
    let [report] = &reports[..] else {
        panic!("{reports:?}")
    };
    assert_eq!(report.level, tracing::Level::ERROR);
    assert_eq!(report.target, "async_drop");
    let error_type = std::any::type_name::<OfSecond>();
    assert_eq!(report.field("error_type"), error_type);
    let type_name = std::any::type_name::<Probe>();
    assert_eq!(report.field("type_name"), type_name);
}

#[test]
fn guard_is_armed_when_the_cleanup_is_cancelled() {
    let first: Made = Ok(Log::new().probe("a").stuck_once().guard());
    let second: Made = Err(NotDebug("no b"));
    let message = panic_message(|| {
        cancel_at_first_await(flatten_async_drop::<Error, _, _, _, _>(first, second));
    });
    let words = "Forgot to call async_drop on Probe(a)";
    assert!(message.starts_with(words), "{message}");
}

#[test]
fn future_is_spawned() {
    for runtime in [current_thread(), multi_thread()] {
        let log = Log::new();
        let first: Made = Ok(log.probe("a").yielding(1).guard());
        let second: Made = Err(NotDebug("no b"));
        let both = flatten_async_drop::<Error, _, _, _, _>(first, second);
        let both = runtime.block_on(async { tokio::spawn(both).await.unwrap() });
        assert_eq!(both.unwrap_err(), Error("no b"));
        assert_eq!(log.count("cleaned a"), 1);
    }
}

#[test]
fn generic_code_needs_no_bound_beyond_async_drop_and_debug() {
    async fn generic<T: AsyncDrop + Debug, U: AsyncDrop + Debug>(
        first: AsyncDropGuard<T>,
    ) -> &'static str {
        let second: Result<AsyncDropGuard<U>, &'static str> = Err("no second");
        let first: Result<_, &'static str> = Ok(first);
        flatten_async_drop::<&'static str, _, _, _, _>(first, second)
            .await
            .unwrap_err()
    }
    on_both_flavours(async || {
        let entries = Mutex::default();
        let first = AsyncDropGuard::new(Borrowing(&entries));
        assert_eq!(generic::<_, Probe>(first).await, "no second");
        assert_eq!(*entries.lock().unwrap(), ["cleaned"]);
    });
}
