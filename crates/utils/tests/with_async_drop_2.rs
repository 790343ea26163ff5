//! `with_async_drop_2!`.
#![deny(warnings, clippy::all, clippy::pedantic)]

mod common;

use std::fmt::Debug;
use std::sync::Mutex;

use async_drop_utils::async_drop::with_async_drop_2;
use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use common::{
    Borrowing, Log, Probe, ProbeError, block_on, cancel_at_first_await, current_thread,
    multi_thread, on_both_flavours, panic_message, reports, reports_of,
};

const FILE: &str = file!();

#[derive(Debug, PartialEq)]
enum Error {
    Body,
    Cleanup(ProbeError),
    Mapped(String),
}

impl From<ProbeError> for Error {
    fn from(error: ProbeError) -> Self {
        Self::Cleanup(error)
    }
}

#[allow(clippy::unused_async, reason = "stands for an operation")]
async fn fails() -> Result<(), Error> {
    Err(Error::Body)
}

#[test]
fn value_is_cleaned_up_after_the_body() {
    on_both_flavours(async || {
        let log = Log::new();
        let value = log.probe("a").yielding(1).guard();
        let result: Result<_, Error> = with_async_drop_2!(value, {
            tokio::task::yield_now().await;
            value.log().push("body");
            Ok(value.name)
        });
        assert_eq!(result, Ok("a"));
        assert_eq!(log.entries(), ["body", "cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn body_may_change_the_value_without_mut_outside() {
    on_both_flavours(async || {
        let log = Log::new();
        let value = log.guard("a");
        let result: Result<(), Error> = with_async_drop_2!(value, {
            value.name = "b";
            Ok(())
        });
        assert_eq!(result, Ok(()));
        assert_eq!(log.entries(), ["cleanup b", "cleaned b", "drop b"]);
    });
}

#[test]
fn question_mark_leaves_the_body_and_cleanup_still_runs() {
    on_both_flavours(async || {
        let log = Log::new();
        let value = log.guard("a");
        let result = with_async_drop_2!(value, {
            value.log().push("body");
            fails().await?;
            value.log().push("not reached");
            Ok(1)
        });
        log.push("function goes on");
        assert_eq!(result, Err(Error::Body));
        let expected = [
            "body",
            "cleanup a",
            "cleaned a",
            "drop a",
            "function goes on",
        ];
        assert_eq!(log.entries(), expected);
    });
}

#[test]
fn return_leaves_the_body_and_cleanup_still_runs() {
    on_both_flavours(async || {
        let log = Log::new();
        let value = log.guard("a");
        let result: Result<_, Error> = with_async_drop_2!(value, {
            if value.name == "a" {
                return Ok(1);
            }
            value.log().push("not reached");
            Ok(2)
        });
        log.push("function goes on");
        assert_eq!(result, Ok(1));
        let expected = ["cleanup a", "cleaned a", "drop a", "function goes on"];
        assert_eq!(log.entries(), expected);
    });
}

#[test]
fn failed_cleanup_after_a_body_that_gave_ok_is_returned() {
    let (result, reports) = reports_of(async || {
        let value = Log::new().probe("a").failing().guard();
        with_async_drop_2!(value, { Ok(value.name) })
    });
    assert_eq!(result, Err(Error::Cleanup(ProbeError("a"))));
    assert!(reports.is_empty(), "{reports:?}");
}

#[test]
fn failed_cleanup_after_a_failed_body_is_reported() {
    let ((result, log), reports) = reports_of(async || {
        let log = Log::new();
        let value = log.probe("a").failing().guard();
        let result: Result<(), Error> = with_async_drop_2!(value, {
            value.log().push("body");
            Err(Error::Body)
        });
        (result, log)
    });
    assert_eq!(result, Err(Error::Body));
    assert_eq!(log.entries(), ["body", "cleanup a", "cleaned a", "drop a"]);
    let [report] = &reports[..] else {
        panic!("{reports:?}")
    };
    report.assert_cleanup_failed::<Probe>(ProbeError("a"), FILE);
}

#[test]
fn error_map_turns_the_cleanup_error_into_the_bodys() {
    on_both_flavours(async || {
        let value = Log::new().probe("a").failing().guard();
        let result: Result<(), Error> =
            with_async_drop_2!(value, { Ok(()) }, |error| Error::Mapped(error.to_string()));
        assert_eq!(result, Err(Error::Mapped("no cleanup of a".to_owned())));
    });
}

#[test]
fn error_map_is_not_called_when_the_body_failed() {
    let (result, reports) = reports_of(async || {
        let value = Log::new().probe("a").failing().guard();
        with_async_drop_2!(value, { fails().await }, |_| panic!("called"))
    });
    assert_eq!(result, Err(Error::Body));
    assert_eq!(reports.len(), 1);
}

#[test]
fn error_map_may_be_a_path_or_a_closure_that_can_be_called_once() {
    on_both_flavours(async || {
        let log = Log::new();
        let value = log.probe("a").failing().guard();
        let by_path: Result<(), Error> = with_async_drop_2!(value, { Ok(()) }, Error::Cleanup);
        assert_eq!(by_path, Err(Error::Cleanup(ProbeError("a"))));

        let (a, b) = (log.guard("a"), log.probe("b").failing().guard());
        let words = "once".to_owned();
        let once = move |_| Error::Mapped(words);
        let by_closure: Result<(), Error> = with_async_drop_2!(a, b, { Ok(()) }, once);
        assert_eq!(by_closure, Err(Error::Mapped("once".to_owned())));
    });
}

#[test]
fn several_values_are_cleaned_up_concurrently() {
    on_both_flavours(async || {
        let log = Log::new();
        let a = log.probe("a").yielding(3).guard();
        let b = log.probe("b").yielding(2).guard();
        let c = log.probe("c").yielding(1).guard();
        let result: Result<_, Error> =
            with_async_drop_2!(a, b, c, { Ok([a.name, b.name, c.name]) });
        assert_eq!(result, Ok(["a", "b", "c"]));
        let cleanups: Vec<_> = log
            .entries()
            .into_iter()
            .filter(|entry| entry.starts_with("clean"))
            .collect();
        let expected = [
            "cleanup a",
            "cleanup b",
            "cleanup c",
            "cleaned c",
            "cleaned b",
            "cleaned a",
        ];
        assert_eq!(cleanups, expected);
    });
}

#[test]
fn first_failed_cleanup_in_the_order_written_is_returned_and_further_ones_reported() {
    let ((result, log), reports) = reports_of(async || {
        let log = Log::new();
        let a = log.guard("a");
        // Fails last in time, and first in the order written.
        let b = log.probe("b").failing().yielding(3).guard();
        let c = log.probe("c").failing().guard();
        let d = log.probe("d").failing().guard();
        let result: Result<(), Error> = with_async_drop_2!(a, b, c, d, { Ok(()) });
        (result, log)
    });
    assert_eq!(result, Err(Error::Cleanup(ProbeError("b"))));
    for name in ["a", "b", "c", "d"] {
        assert_eq!(log.count(&format!("cleaned {name}")), 1);
    }
    let [of_c, of_d] = &reports[..] else {
        panic!("{reports:?}")
    };
    of_c.assert_cleanup_failed::<Probe>(ProbeError("c"), FILE);
    of_d.assert_cleanup_failed::<Probe>(ProbeError("d"), FILE);
}

#[test]
fn all_failed_cleanups_are_reported_when_the_body_failed() {
    let (result, reports) = reports_of(async || {
        let log = Log::new();
        let a = log.probe("a").failing().guard();
        let b = log.probe("b").failing().guard();
        with_async_drop_2!(a, b, { fails().await }, |_| Error::Mapped(String::new()))
    });
    assert_eq!(result, Err(Error::Body));
    let [of_a, of_b] = &reports[..] else {
        panic!("{reports:?}")
    };
    of_a.assert_cleanup_failed::<Probe>(ProbeError("a"), FILE);
    of_b.assert_cleanup_failed::<Probe>(ProbeError("b"), FILE);
}

#[derive(Debug)]
struct OtherError;

#[derive(Debug)]
struct Other;

#[async_trait::async_trait]
impl AsyncDrop for Other {
    type Error = OtherError;

    async fn async_drop_impl(&mut self) -> Result<(), OtherError> {
        Err(OtherError)
    }
}

impl From<OtherError> for Error {
    fn from(OtherError: OtherError) -> Self {
        Self::Mapped("other".to_owned())
    }
}

#[test]
fn several_values_may_have_several_error_types() {
    on_both_flavours(async || {
        let (a, b) = (Log::new().guard("a"), AsyncDropGuard::new(Other));
        let by_from: Result<(), Error> = with_async_drop_2!(a, b, { Ok(()) });
        assert_eq!(by_from, Err(Error::Mapped("other".to_owned())));

        let (a, b) = (Log::new().guard("a"), AsyncDropGuard::new(Other));
        let by_map: Result<(), Error> =
            with_async_drop_2!(a, b, { Ok(()) }, |error| Error::Mapped(format!(
                "{error:?}"
            )));
        assert_eq!(by_map, Err(Error::Mapped("OtherError".to_owned())));
    });
}

#[test]
fn body_that_panics_skips_the_cleanup_and_reports_the_guard() {
    let log = Log::new();
    let (message, reports) = reports(|| {
        panic_message(|| {
            block_on(async {
                let value = log.guard("a");
                let result: Result<(), Error> = with_async_drop_2!(value, {
                    assert_eq!(value.name, "b", "from the body");
                    Ok(())
                });
                result
            })
        })
    });
    assert!(message.contains("from the body"), "{message}");
    assert_eq!(log.entries(), ["drop a"]);
    let [report] = &reports[..] else {
        panic!("{reports:?}")
    };
    assert_eq!(report.field("value"), "Probe(a)");
}

#[test]
fn guard_is_armed_when_the_body_is_cancelled() {
    let log = Log::new();
    let message = panic_message(|| {
        cancel_at_first_await(async {
            let value = log.guard("a");
            let result: Result<(), Error> = with_async_drop_2!(value, {
                std::future::pending::<()>().await;
                Ok(())
            });
            result
        });
    });
    assert!(
        message.starts_with("Forgot to call async_drop on Probe(a)"),
        "{message}"
    );
}

#[test]
fn value_that_borrows_and_stays_on_its_thread_is_taken() {
    async fn generic<T: AsyncDrop + Debug>(value: AsyncDropGuard<T>) -> Result<String, T::Error> {
        with_async_drop_2!(value, { Ok(format!("{value:?}")) })
    }
    async fn generic_pair<T: AsyncDrop + Debug, U: AsyncDrop<Error = T::Error> + Debug>(
        first: AsyncDropGuard<T>,
        second: AsyncDropGuard<U>,
    ) -> Result<(), T::Error> {
        let not_send = std::rc::Rc::new(());
        with_async_drop_2!(first, second, {
            tokio::task::yield_now().await;
            drop(not_send);
            Ok(())
        })
    }
    on_both_flavours(async || {
        let entries = Mutex::default();
        generic(AsyncDropGuard::new(Borrowing(&entries)))
            .await
            .unwrap();
        let first = AsyncDropGuard::new(Borrowing(&entries));
        let second = AsyncDropGuard::new(Borrowing(&entries));
        generic_pair(first, second).await.unwrap();
        assert_eq!(*entries.lock().unwrap(), ["cleaned"; 3]);
    });
}

#[test]
fn body_borrows_what_is_around_it() {
    on_both_flavours(async || {
        let mut seen = Vec::new();
        let value = Log::new().guard("a");
        let result: Result<(), Error> = with_async_drop_2!(value, {
            seen.push(value.name);
            tokio::task::yield_now().await;
            seen.push(value.name);
            Ok(())
        });
        assert_eq!(result, Ok(()));
        assert_eq!(seen, ["a", "a"]);
    });
}

#[test]
fn macros_nest() {
    on_both_flavours(async || {
        let log = Log::new();
        let (outer, inner) = (log.guard("outer"), log.guard("inner"));
        let result: Result<_, Error> = with_async_drop_2!(outer, {
            let name = with_async_drop_2!(inner, { Ok::<_, Error>(inner.name) })?;
            outer.log().push("between");
            Ok((outer.name, name))
        });
        assert_eq!(result, Ok(("outer", "inner")));
        let entries = log.entries();
        let position = |entry: &str| entries.iter().position(|e| e == entry).unwrap();
        assert!(position("drop inner") < position("between"));
        assert!(position("between") < position("cleanup outer"));
    });
}

#[test]
fn future_with_the_macro_is_spawned() {
    async fn scenario(log: Log) -> Result<&'static str, Error> {
        let (a, b, c) = (
            log.guard("a"),
            log.probe("b").yielding(2).guard(),
            log.guard("c"),
        );
        let name = with_async_drop_2!(a, {
            tokio::task::yield_now().await;
            Ok::<_, Error>(a.name)
        })?;
        with_async_drop_2!(b, c, {
            tokio::task::yield_now().await;
            let _both = (&b, &c);
            Ok(name)
        })
    }
    for runtime in [current_thread(), multi_thread()] {
        let log = Log::new();
        let name = runtime.block_on(async { tokio::spawn(scenario(log.clone())).await.unwrap() });
        assert_eq!(name, Ok("a"));
        assert_eq!(log.count("cleaned b"), 1);
    }
}

#[test]
fn trailing_commas_are_accepted() {
    on_both_flavours(async || {
        let log = Log::new();
        let (a, b, c) = (log.guard("a"), log.guard("b"), log.guard("c"));
        let result: Result<(), Error> = with_async_drop_2!(a, { Ok(()) },);
        assert_eq!(result, Ok(()));
        let result: Result<(), Error> = with_async_drop_2!(b, c, { Ok(()) }, Error::from,);
        assert_eq!(result, Ok(()));
    });
}

#[test]
fn body_that_always_fails_compiles_without_a_warning() {
    on_both_flavours(async || {
        let value = Log::new().guard("a");
        let result: Result<(), Error> = with_async_drop_2!(value, { Err(Error::Body) });
        assert_eq!(result, Err(Error::Body));
    });
}
