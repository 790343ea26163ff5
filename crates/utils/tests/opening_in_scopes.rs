//! `name = expression` before the body of a macro: opened in order, each in the scopes of those before it.
#![cfg(feature = "tokio")]
#![deny(warnings, clippy::all)]

mod common;

use std::mem::size_of_val;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::{
    AsyncDropGuard, CleanupTracker, with_async_drop_2, with_async_drop_2_infallible,
};
use common::{Borrowing, Infallible, Log, Probe, ProbeError, on_both_flavours, reports_of};
use tokio::task::yield_now;

#[derive(Debug, PartialEq)]
enum Error {
    Open(&'static str),
    Body,
    Cleanup(ProbeError),
    Mapped(&'static str),
}

impl From<ProbeError> for Error {
    fn from(error: ProbeError) -> Self {
        Self::Cleanup(error)
    }
}

/// What an opening fails with; it has to be converted.
struct Refused(&'static str);

impl From<Refused> for Error {
    fn from(error: Refused) -> Self {
        Self::Open(error.0)
    }
}

/// Awaits, then opens a value whose cleanup awaits.
async fn open(log: &Log, name: &'static str) -> Result<AsyncDropGuard<Probe>, Refused> {
    yield_now().await;
    log.push(format_args!("open {name}"));
    Ok(log.probe(name).yielding(1).guard())
}

async fn open_on(below: &mut Probe, name: &'static str) -> Result<AsyncDropGuard<Probe>, Refused> {
    let log = below.log().clone();
    log.push(format_args!("{name} on {}", below.name));
    open(&log, name).await
}

async fn refuse(log: &Log, name: &'static str) -> Result<AsyncDropGuard<Probe>, Refused> {
    yield_now().await;
    log.push(format_args!("refuse {name}"));
    Err(Refused(name))
}

/// Polls `future` so often at most, and drops it then; `None` says that it was not done.
async fn cancelled_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..polls {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
    }
    None
}

async fn three(log: &Log) -> Result<usize, Error> {
    with_async_drop!(
        a = open(log, "a").await?,
        b = open_on(&mut a, "b").await?,
        c = open_on(&mut b, "c").await?,
        {
            log.push(format_args!("body {} {} {}", a.name, b.name, c.name));
            yield_now().await;
            Ok(3)
        }
    )
}

#[test]
fn values_are_opened_in_order_and_cleaned_up_last_first() {
    on_both_flavours(async || {
        let log = Log::new();
        assert_eq!(three(&log).await, Ok(3));
        assert_eq!(
            log.entries(),
            [
                "open a",
                "b on a",
                "open b",
                "c on b",
                "open c",
                "body a b c",
                "cleanup c",
                "cleaned c",
                "drop c",
                "cleanup b",
                "cleaned b",
                "drop b",
                "cleanup a",
                "cleaned a",
                "drop a",
            ]
        );
    });
}

#[test]
fn cancelled_at_any_await_what_is_open_is_cleaned_up_last_first() {
    on_both_flavours(async || {
        let mut cancelled = 0;
        for polls in 0.. {
            let (log, tracker) = (Log::new(), CleanupTracker::new());
            let done = cancelled_after(polls, tracker.scope(three(&log))).await;
            let report = tracker.drain(Duration::from_secs(60)).await;
            assert!(report.is_clean(), "{report}");
            let entries = log.entries();
            let of = |what: &str| -> Vec<String> {
                let named = entries.iter().filter_map(|entry| entry.strip_prefix(what));
                named.map(str::to_owned).collect()
            };
            let mut opened = of("open ");
            opened.reverse();
            assert_eq!(of("cleanup "), opened, "each once: {entries:?}");
            assert_eq!(of("cleaned "), opened, "{entries:?}");
            assert_eq!(of("drop "), opened, "{entries:?}");
            if done.is_some() {
                break;
            }
            cancelled += 1;
        }
        assert_eq!(cancelled, 1 + 3 + 1 + 3, "unpolled, opening, body, cleanup");
    });
}

#[test]
fn failed_opening_leaves_the_macro_once_what_is_open_is_cleaned_up() {
    on_both_flavours(async || {
        let log = Log::new();
        let first: Result<(), Error> =
            with_async_drop!(_a = refuse(&log, "first").await?, { Ok(()) });
        assert_eq!(first, Err(Error::Open("first")));
        let third: Result<(), Error> = with_async_drop!(
            _a = open(&log, "a").await?,
            _b = open(&log, "b").await?,
            _c = refuse(&log, "third").await?,
            {
                log.push("body");
                Ok(())
            }
        );
        assert_eq!(third, Err(Error::Open("third")));
        assert_eq!(
            log.entries(),
            [
                "refuse first",
                "open a",
                "open b",
                "refuse third",
                "cleanup b",
                "cleaned b",
                "drop b",
                "cleanup a",
                "cleaned a",
                "drop a"
            ]
        );
    });
}

#[test]
fn return_in_an_opening_leaves_the_macro() {
    on_both_flavours(async || {
        let log = Log::new();
        for leave_first in [true, false] {
            let left: Result<&str, Error> = with_async_drop!(
                _a = if leave_first {
                    return Ok("first");
                } else {
                    log.guard("a")
                },
                _b = match refuse(&log, "b").await {
                    Ok(b) => b,
                    Err(_) => return Ok("second"),
                },
                { Ok("body") }
            );
            assert_eq!(left, Ok(if leave_first { "first" } else { "second" }));
        }
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn cleanup_that_fails_first_is_returned_and_the_others_are_reported() {
    let ((unmapped, mapped), reports) = reports_of(async || {
        let log = Log::new();
        let failing = |name| log.probe(name).failing().guard();
        let unmapped: Result<(), Error> =
            with_async_drop!(_a = failing("a"), _b = failing("b"), { Ok(()) });
        let mapped: Result<(), Error> = with_async_drop!(
            _a = failing("a"),
            _b = log.guard("b"),
            { Ok(()) },
            |error: ProbeError| Error::Mapped(error.0),
        );
        (unmapped, mapped)
    });
    assert_eq!(unmapped, Err(Error::Cleanup(ProbeError("b"))));
    assert_eq!(mapped, Err(Error::Mapped("a")));
    let [report] = &reports[..] else {
        panic!("{reports:?}");
    };
    report.assert_cleanup_failed::<Probe>(ProbeError("a"), file!());
}

#[test]
fn error_map_that_is_generic_takes_the_errors_of_all() {
    fn text(error: impl std::fmt::Debug) -> String {
        format!("{error:?}")
    }
    on_both_flavours(async || {
        let log = Log::new();
        let result: Result<(), String> = with_async_drop!(
            _a = AsyncDropGuard::new(Infallible(log.clone())),
            _b = log.probe("b").failing().guard(),
            { Ok(()) },
            text
        );
        assert_eq!(result, Err("ProbeError(\"b\")".to_owned()));
        assert_eq!(log.count("cleaned"), 1);
    });
}

#[test]
fn guard_that_is_there_is_the_first_under_its_own_name() {
    on_both_flavours(async || {
        let log = Log::new();
        let a = log.guard("a");
        let result: Result<(), Error> = with_async_drop!(a = a, b = open_on(&mut a, "b").await?, {
            b.name = "renamed";
            Err(Error::Body)
        });
        assert_eq!(result, Err(Error::Body));
        assert_eq!(log.count("cleaned renamed"), 1);
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn values_that_borrow_are_opened_in_the_scopes_of_the_other_macros() {
    #[derive(Debug)]
    struct On<'a>(&'a Borrowing<'a>);

    #[async_trait::async_trait]
    impl async_drop_utils::AsyncDrop for On<'_> {
        type Error = ProbeError;

        async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
            self.0.0.lock().unwrap().push("cleaned first");
            Ok(())
        }
    }

    fn on<'a>(below: &'a Borrowing<'a>) -> Result<AsyncDropGuard<On<'a>>, Refused> {
        Ok(AsyncDropGuard::new(On(below)))
    }

    on_both_flavours(async || {
        let cleaned = Mutex::new(Vec::new());
        let result: Result<usize, Error> = with_async_drop_2!(
            below = AsyncDropGuard::new(Borrowing(&cleaned)),
            above = on(&below)?,
            { Ok(above.0.0.lock().unwrap().len()) }
        );
        assert_eq!(result, Ok(0));
        assert_eq!(*cleaned.lock().unwrap(), ["cleaned first", "cleaned"]);
        let mapped: Result<(), Error> = with_async_drop_2!(
            _below = AsyncDropGuard::new(Borrowing(&cleaned)),
            { Ok(()) },
            |error: ProbeError| Error::Mapped(error.0)
        );
        assert_eq!(mapped, Ok(()));
    });
}

#[test]
fn infallible_cleanup_gives_the_bodys_plain_value_also_when_an_opening_fails() {
    fn refused() -> Result<AsyncDropGuard<Infallible>, Refused> {
        Err(Refused("it"))
    }
    on_both_flavours(async || {
        let log = Log::new();
        let open = || AsyncDropGuard::new(Infallible(log.clone()));
        let plain: usize = with_async_drop_2_infallible!(a = open(), b = open(), {
            a.0.push("body");
            b.0.entries().len()
        });
        assert_eq!(plain, 1);
        let left: Result<(), Error> =
            with_async_drop_2_infallible!(_a = open(), _b = refused()?, { Ok(()) });
        assert_eq!(left, Err(Error::Open("it")));
        let left: Result<(), Error> = with_async_drop_2_infallible!(_a = refused()?, { Ok(()) });
        assert_eq!(left, Err(Error::Open("it")));
        assert_eq!(log.count("cleaned"), 3);
    });
}

#[test]
fn error_type_is_inferred_from_the_function_and_from_the_body() {
    async fn function(log: &Log) -> Result<usize, Error> {
        with_async_drop!(a = open(log, "a").await?, { Ok(a.name.len()) })
    }
    async fn body() -> Result<usize, Error> {
        Ok(2)
    }
    on_both_flavours(async || {
        let log = Log::new();
        assert_eq!(function(&log).await, Ok(1));
        assert_eq!(
            with_async_drop!(_a = open(&log, "a").await?, { body().await }),
            Ok(2)
        );
    });
}

/// Opens for a while, which a deadline cuts off.
async fn use_by_a_deadline(log: &Log) -> Result<(), Error> {
    let slow = AsyncDropGuard::init(log.probe("value").yielding(9), async |_| {
        std::future::pending::<Result<(), Refused>>().await
    });
    let slow = async {
        let opened = cancelled_after(1, slow).await;
        opened.unwrap_or(Err(Refused("late")))
    };
    with_async_drop!(_value = slow.await?, { Ok(()) })
}

#[test]
fn opening_that_a_deadline_cuts_off_is_taken_back_behind_the_return_or_in_a_scope_around() {
    on_both_flavours(async || {
        let (log, tracker) = (Log::new(), CleanupTracker::new());
        let used = tracker.scope(use_by_a_deadline(&log)).await;
        assert_eq!(used, Err(Error::Open("late")));
        assert_eq!(log.cleaned(), [""; 0]);
        assert!(tracker.drain(Duration::from_secs(20)).await.is_clean());
        assert_eq!(log.cleaned(), ["value"]);

        let log = Log::new();
        let around = log.guard("around");
        let used = with_async_drop!(around, { use_by_a_deadline(&log).await });
        assert_eq!(used, Err(Error::Open("late")));
        assert_eq!(log.cleaned(), ["value", "around"]);
    });
}

#[test]
fn future_is_send_and_hardly_larger_than_that_of_scopes_written_inside_each_other() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    async fn nested(log: &Log) -> Result<usize, Error> {
        let a = open(log, "a").await?;
        with_async_drop!(a, {
            let b = open_on(&mut a, "b").await?;
            with_async_drop!(b, {
                let c = open_on(&mut b, "c").await?;
                with_async_drop!(c, {
                    log.push(format_args!("body {} {} {}", a.name, b.name, c.name));
                    yield_now().await;
                    Ok(3)
                })
            })
        })
    }
    let log = Log::new();
    let (by_hand, in_one_line) = (nested(&log), assert_send(three(&log)));
    assert!(
        size_of_val(&in_one_line) <= size_of_val(&by_hand) + 64,
        "{} > {} + 64",
        size_of_val(&in_one_line),
        size_of_val(&by_hand)
    );
}
