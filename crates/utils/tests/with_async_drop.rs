//! The function `with_async_drop`.

mod common;

use std::fmt::Debug;
use std::future::{pending, ready};
use std::pin::Pin;
use std::sync::Mutex;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use common::{
    Borrowing, Log, Probe, ProbeError, block_on, cancel_at_first_await, current_thread,
    multi_thread, on_both_flavours, panic_message, reports, reports_of,
};
use tokio::task::yield_now;

const FILE: &str = file!();

#[derive(Debug, PartialEq)]
enum Error {
    Body,
    Cleanup(ProbeError),
}

impl From<ProbeError> for Error {
    fn from(error: ProbeError) -> Self {
        Self::Cleanup(error)
    }
}

#[test]
fn async_closure_borrows_the_value_across_an_await() {
    on_both_flavours(async || {
        let log = Log::new();
        let result: Result<_, Error> = with_async_drop(log.guard("a"), async |value| {
            let name = &mut value.name;
            yield_now().await;
            *name = "b";
            yield_now().await;
            Ok(*name)
        })
        .await;
        assert_eq!(result, Ok("b"));
        assert_eq!(log.entries(), ["cleanup b", "cleaned b", "drop b"]);
    });
}

#[test]
fn async_closure_borrows_and_moves_what_is_around_it() {
    on_both_flavours(async || {
        let log = Log::new();
        let (mut seen, owned) = (Vec::new(), "owned".to_owned());
        let result: Result<(), Error> = with_async_drop(log.guard("a"), async |value| {
            seen.push(value.name);
            yield_now().await;
            drop(owned);
            Ok(())
        })
        .await;
        assert_eq!(result, Ok(()));
        assert_eq!(seen, ["a"]);
    });
}

#[test]
fn plain_closures_functions_and_boxed_closures_are_taken() {
    async fn function(value: &mut Probe) -> Result<&'static str, Error> {
        yield_now().await;
        Ok(value.name)
    }
    type Boxed = Box<
        dyn FnOnce(&mut Probe) -> Pin<Box<dyn Future<Output = Result<&'static str, Error>> + '_>>,
    >;
    let boxed: Boxed = Box::new(|value| {
        Box::pin(async move {
            yield_now().await;
            Ok(value.name)
        })
    });
    block_on(async {
        let log = Log::new();
        let result = with_async_drop(log.guard("a"), |value: &mut Probe| {
            let name = value.name;
            async move {
                yield_now().await;
                Ok::<_, Error>(name)
            }
        });
        assert_eq!(result.await, Ok("a"));
        let result = with_async_drop(log.guard("b"), |value: &mut Probe| {
            ready(Ok::<_, Error>(value.name))
        });
        assert_eq!(result.await, Ok("b"));
        assert_eq!(with_async_drop(log.guard("c"), function).await, Ok("c"));
        // A boxed `dyn FnOnce` is not itself an `AsyncFnOnce`.
        let unboxed = async |value: &mut Probe| boxed(value).await;
        assert_eq!(with_async_drop(log.guard("d"), unboxed).await, Ok("d"));
        for name in ["a", "b", "c", "d"] {
            assert_eq!(log.count(&format!("cleaned {name}")), 1);
        }
    });
}

#[test]
fn failed_body_is_returned_after_the_cleanup() {
    on_both_flavours(async || {
        let log = Log::new();
        let result: Result<(), _> = with_async_drop(log.guard("a"), async |value: &mut Probe| {
            value.log().push("body");
            Err(Error::Body)
        })
        .await;
        assert_eq!(result, Err(Error::Body));
        assert_eq!(log.entries(), ["body", "cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn failed_cleanup_after_a_body_that_gave_ok_is_returned() {
    let (result, reports) = reports_of(async || {
        let guard = Log::new().probe("a").failing().guard();
        let result: Result<(), Error> = with_async_drop(guard, async |_| Ok(())).await;
        result
    });
    assert_eq!(result, Err(Error::Cleanup(ProbeError("a"))));
    assert!(reports.is_empty(), "{reports:?}");
}

#[test]
fn failed_cleanup_after_a_failed_body_is_reported() {
    let (result, reports) = reports_of(async || {
        let guard = Log::new().probe("a").failing().guard();
        let result: Result<(), _> = with_async_drop(guard, async |_| Err(Error::Body)).await;
        result
    });
    assert_eq!(result, Err(Error::Body));
    let [report] = &reports[..] else {
        panic!("{reports:?}")
    };
    report.assert_cleanup_failed::<Probe>(ProbeError("a"), FILE);
}

#[test]
fn body_that_panics_skips_the_cleanup_and_reports_the_guard() {
    let log = Log::new();
    let (message, reports) = reports(|| {
        panic_message(|| {
            block_on(async {
                let result: Result<(), Error> =
                    with_async_drop(log.guard("a"), async |_| panic!("from the body")).await;
                result
            })
        })
    });
    assert_eq!(message, "from the body");
    assert_eq!(log.entries(), ["drop a"]);
    let [report] = &reports[..] else {
        panic!("{reports:?}")
    };
    assert_eq!(report.field("value"), "Probe(a)");
}

#[test]
fn guard_is_armed_when_the_body_is_cancelled() {
    let message = panic_message(|| {
        cancel_at_first_await(with_async_drop(
            Log::new().guard("a"),
            async |_| -> Result<(), Error> { pending().await },
        ));
    });
    let words = "Forgot to call async_drop on Probe(a)";
    assert!(message.starts_with(words), "{message}");
}

#[test]
fn guard_is_armed_before_the_future_is_first_polled() {
    let future = with_async_drop(Log::new().guard("a"), async |_| -> Result<(), Error> {
        Ok(())
    });
    let message = panic_message(|| drop(future));
    let words = "Forgot to call async_drop on Probe(a)";
    assert!(message.starts_with(words), "{message}");
}

#[test]
fn future_is_spawned_with_every_kind_of_closure() {
    async fn function(value: &mut Probe) -> Result<&'static str, Error> {
        yield_now().await;
        Ok(value.name)
    }
    for runtime in [current_thread(), multi_thread()] {
        let log = Log::new();
        runtime.block_on(async {
            let borrowing = tokio::spawn(with_async_drop(
                log.probe("a").yielding(1).guard(),
                async |value: &mut Probe| {
                    let name = &mut value.name;
                    yield_now().await;
                    *name = "b";
                    Ok::<_, Error>(*name)
                },
            ));
            assert_eq!(borrowing.await.unwrap(), Ok("b"));

            let inferred = log.clone();
            let inferred = tokio::spawn(async move {
                let result: Result<_, Error> =
                    with_async_drop(inferred.guard("c"), async move |value| {
                        let name = &value.name;
                        yield_now().await;
                        inferred.push("captured");
                        Ok(*name)
                    })
                    .await;
                result
            });
            assert_eq!(inferred.await.unwrap(), Ok("c"));

            let plain = tokio::spawn(with_async_drop(log.guard("d"), |value: &mut Probe| {
                let name = value.name;
                async move {
                    yield_now().await;
                    Ok::<_, Error>(name)
                }
            }));
            assert_eq!(plain.await.unwrap(), Ok("d"));

            let made = tokio::spawn(with_async_drop(log.guard("e"), |value: &mut Probe| {
                ready(Ok::<_, Error>(value.name))
            }));
            assert_eq!(made.await.unwrap(), Ok("e"));

            let function = tokio::spawn(with_async_drop(log.guard("f"), function));
            assert_eq!(function.await.unwrap(), Ok("f"));
        });
        for name in ["b", "c", "d", "e", "f"] {
            assert_eq!(log.count(&format!("cleaned {name}")), 1);
        }
    }
}

#[test]
fn generic_code_needs_no_bound_beyond_async_drop_and_debug() {
    async fn generic<T, F>(value: T, f: F) -> Result<String, T::Error>
    where
        T: AsyncDrop + Debug,
        F: AsyncFnOnce(&mut T) -> Result<String, T::Error>,
    {
        with_async_drop(AsyncDropGuard::new(value), f).await
    }
    on_both_flavours(async || {
        let entries = Mutex::default();
        let not_send = std::rc::Rc::new("seen");
        let seen = generic(Borrowing(&entries), async |value| {
            yield_now().await;
            value.0.lock().unwrap().push("body");
            Ok(not_send.to_string())
        })
        .await;
        assert_eq!(seen, Ok("seen".to_owned()));
        assert_eq!(*entries.lock().unwrap(), ["body", "cleaned"]);
    });
}

#[test]
fn generic_code_spawns_a_closure_whose_future_type_is_named() {
    // What cannot be said of an `AsyncFnOnce` can be said of the future that a plain closure returns.
    fn spawned<F, Fut>(guard: AsyncDropGuard<Probe>, f: F) -> tokio::task::JoinHandle<Fut::Output>
    where
        F: FnOnce(&mut Probe) -> Fut + Send + 'static,
        Fut: Future<Output = Result<&'static str, Error>> + Send + 'static,
    {
        tokio::spawn(async move { with_async_drop(guard, move |value: &mut Probe| f(value)).await })
    }
    on_both_flavours(async || {
        let guard = Log::new().guard("a");
        let result = spawned(guard, |value| ready(Ok(value.name))).await.unwrap();
        assert_eq!(result, Ok("a"));
    });
}
