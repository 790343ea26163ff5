//! Several constructors at once: all guards or the first error, and nothing left behind.

mod common;

use std::fmt::Debug;
use std::future::pending;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, open_all};
use async_trait::async_trait;
use common::{
    Infallible, Log, Probe, ProbeError, Report, cancel_at_first_await, on_both_flavours,
    panic_message, reports, reports_of,
};

const FILE: &str = file!();

#[derive(Debug, Clone, PartialEq)]
struct OpenError(&'static str);

/// A type other than [`Probe`].
#[derive(Debug)]
struct Other(Probe);

#[async_trait]
impl AsyncDrop for Other {
    type Error = ProbeError;

    async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
        self.0.async_drop_impl().await
    }
}

async fn open<T: Debug>(value: T, waits: usize) -> Result<AsyncDropGuard<T>, OpenError> {
    for _ in 0..waits {
        tokio::task::yield_now().await;
    }
    Ok(AsyncDropGuard::new(value))
}

async fn fail<T: Debug>(name: &'static str, waits: usize) -> Result<AsyncDropGuard<T>, OpenError> {
    for _ in 0..waits {
        tokio::task::yield_now().await;
    }
    Err(OpenError(name))
}

/// Either of the two, so that a `Vec` can hold both.
async fn open_or_fail(
    probe: Probe,
    waits: usize,
    fails: bool,
) -> Result<AsyncDropGuard<Probe>, OpenError> {
    if fails {
        fail(probe.name, waits).await
    } else {
        open(probe, waits).await
    }
}

#[track_caller]
fn assert_constructor_failed<T>(report: &Report, error: &OpenError) {
    assert_eq!(report.level, tracing::Level::ERROR);
    assert_eq!(report.message, "constructor failed");
    assert_eq!(report.field("error"), format!("{error:?}"));
    assert_eq!(report.field("type_name"), std::any::type_name::<T>());
    assert!(report.field("origin").starts_with(FILE));
}

#[test]
fn all_guards_come_in_the_order_of_their_constructors() {
    on_both_flavours(async || {
        let log = Log::new();
        let constructors = ["a", "b", "c"]
            .iter()
            .zip([2, 0, 1])
            .map(|(name, waits)| open(log.probe(name), waits));
        let mut guards = open_all(constructors.collect::<Vec<_>>()).await.unwrap();
        assert_eq!(
            guards.iter().map(|guard| guard.name).collect::<Vec<_>>(),
            ["a", "b", "c"]
        );
        assert_eq!(log.entries(), [""; 0]);
        for guard in &mut guards {
            guard.async_drop().await.unwrap();
        }
    });
}

#[test]
fn tuples_and_arrays_keep_their_shape() {
    on_both_flavours(async || {
        let log = Log::new();
        let (mut a, mut b, mut c) = open_all((
            open(log.probe("a"), 1),
            open(Other(log.probe("b")), 0),
            open(Infallible(log.clone()), 0),
        ))
        .await
        .unwrap();
        assert_eq!((a.name, b.0.name), ("a", "b"));
        let [mut d, mut e] = open_all([open(log.probe("d"), 1), open(log.probe("e"), 0)])
            .await
            .unwrap();
        assert_eq!((d.name, e.name), ("d", "e"));
        for guard in [&mut a, &mut d, &mut e] {
            guard.async_drop().await.unwrap();
        }
        b.async_drop().await.unwrap();
        c.async_drop().await.unwrap();
    });
}

#[test]
fn eight_constructors_of_different_types_open_together() {
    on_both_flavours(async || {
        let log = Log::new();
        let value = || Infallible(log.clone());
        let guards = open_all((
            open(value(), 0),
            open(Other(log.probe("b")), 1),
            open(value(), 2),
            open(value(), 0),
            open(value(), 1),
            open(value(), 2),
            open(value(), 0),
            open(log.probe("h"), 1),
        ))
        .await
        .unwrap();
        let (mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h) = guards;
        assert_eq!((b.0.name, h.name), ("b", "h"));
        for guard in [&mut a, &mut c, &mut d, &mut e, &mut f, &mut g] {
            guard.async_drop().await.unwrap();
        }
        b.async_drop().await.unwrap();
        h.async_drop().await.unwrap();
    });
}

#[test]
fn no_constructors_give_no_guards() {
    on_both_flavours(async || {
        let none: Vec<std::future::Ready<Result<AsyncDropGuard<Probe>, OpenError>>> = vec![];
        assert!(open_all(none).await.unwrap().is_empty());
    });
}

#[test]
fn constructors_do_not_wait_for_each_other() {
    on_both_flavours(async || {
        let log = Log::new();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let first = async {
            receiver.await.unwrap();
            open(log.probe("a"), 0).await
        };
        let second = async {
            sender.send(()).unwrap();
            open(log.probe("b"), 0).await
        };
        let (mut a, mut b) = open_all((first, second)).await.unwrap();
        a.async_drop().await.unwrap();
        b.async_drop().await.unwrap();
    });
}

#[test]
fn guards_are_returned_as_plain_as_they_came() {
    let message = panic_message(|| {
        on_both_flavours(async || {
            let log = Log::new();
            let [mut a, b] = open_all([open(log.probe("a"), 0), open(log.probe("b"), 0)])
                .await
                .unwrap();
            a.async_drop().await.unwrap();
            drop(b);
        });
    });
    assert!(message.starts_with("Forgot to call async_drop on Probe(b)"));
}

#[test]
fn first_error_in_order_is_returned_and_what_was_made_is_cleaned_up() {
    for in_tuple in [false, true] {
        let (log, reports) = reports_of(async || {
            let log = Log::new();
            let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| log.probe(name).yielding(1));
            // `c` fails at once, and `b` only after all others have ended.
            let error = if in_tuple {
                let constructors = (
                    open(a, 1),
                    fail::<Probe>("b", 9),
                    fail::<Other>("c", 0),
                    open(Other(d), 2),
                );
                open_all(constructors).await.map(drop).unwrap_err()
            } else {
                let constructors = vec![
                    open_or_fail(a, 1, false),
                    open_or_fail(b, 9, true),
                    open_or_fail(c, 0, true),
                    open_or_fail(d, 2, false),
                ];
                open_all(constructors).await.map(drop).unwrap_err()
            };
            assert_eq!(error, OpenError("b"));
            log
        });
        assert_eq!(log.count("cleaned a"), 1);
        assert_eq!(log.count("cleaned d"), 1);
        let cleanups = log.entries().into_iter().filter(|e| e.starts_with("clean"));
        let cleanups: Vec<_> = cleanups.collect();
        assert_eq!(
            cleanups[..2],
            ["cleanup a", "cleanup d"],
            "one after the other"
        );
        assert_eq!(reports.len(), 1, "{reports:?}");
        if in_tuple {
            assert_constructor_failed::<Other>(&reports[0], &OpenError("c"));
        } else {
            assert_constructor_failed::<Probe>(&reports[0], &OpenError("c"));
        }
    }
}

#[test]
fn cleanup_that_fails_is_reported() {
    let ((), reports) = reports_of(async || {
        let log = Log::new();
        let opened = open_all((
            open(log.probe("a").failing(), 0),
            fail::<Probe>("b", 1),
            open(log.probe("c").failing(), 0),
        ));
        assert_eq!(opened.await.map(drop), Err(OpenError("b")));
    });
    assert_eq!(reports.len(), 2);
    reports[0].assert_cleanup_failed::<Probe>(ProbeError("a"), FILE);
    reports[1].assert_cleanup_failed::<Probe>(ProbeError("c"), FILE);
}

#[test]
fn error_met_before_the_cancellation_is_reported() {
    let ((), reports) = reports(|| {
        cancel_at_first_await(open_all((fail::<Probe>("a", 0), async {
            pending::<()>().await;
            fail::<Probe>("b", 0).await
        })));
    });
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert_constructor_failed::<Probe>(&reports[0], &OpenError("a"));
}

#[test]
fn opening_can_be_spawned() {
    common::multi_thread().block_on(async {
        let log = Log::new();
        let task = tokio::spawn(async move {
            let probes = ["a", "b"].map(|name| log.probe(name));
            let many = open_all(probes.map(|probe| open(probe, 1))).await?;
            let two = open_all((open(log.probe("c"), 1), fail::<Other>("d", 1))).await;
            assert!(two.is_err());
            Ok::<_, OpenError>(many)
        });
        for mut guard in task.await.unwrap().unwrap() {
            guard.async_drop().await.unwrap();
        }
    });
}

#[cfg(feature = "tokio")]
mod cancelled {
    use std::pin::pin;
    use std::task::{Context, Waker};
    use std::time::Duration;

    use async_drop_utils::CleanupTracker;

    use super::*;

    /// Cancels `opening` at its `nth` pending await; the cleanup tasks then have nothing to complain of.
    async fn cancel_at<T>(nth: usize, opening: impl Future<Output = T>) {
        let tracker = CleanupTracker::new();
        tracker
            .scope(async {
                let mut opening = pin!(opening);
                let mut context = Context::from_waker(Waker::noop());
                for _ in 0..nth {
                    assert!(opening.as_mut().poll(&mut context).is_pending());
                }
            })
            .await;
        let report = tracker.drain(Duration::from_secs(60)).await;
        assert!(report.is_clean(), "{report}");
    }

    #[test]
    fn opening_cancelled_at_any_await_leaves_nothing_behind() {
        on_both_flavours(async || {
            // `a` is there from the start, `b` after one await; `c` fails after two; cleanups take one await each.
            for nth in 1..=3 {
                for in_tuple in [false, true] {
                    let log = Log::new();
                    let [a, b, c] = ["a", "b", "c"].map(|name| log.probe(name).yielding(1));
                    if in_tuple {
                        let constructors = (open(a, 0), open(Other(b), 1), fail::<Other>("c", 2));
                        cancel_at(nth, open_all(constructors)).await;
                    } else {
                        let constructors = vec![
                            open_or_fail(a, 0, false),
                            open_or_fail(b, 1, false),
                            open_or_fail(c, 2, true),
                        ];
                        cancel_at(nth, open_all(constructors)).await;
                    }
                    assert_eq!(log.count("cleaned a"), 1, "at await {nth}");
                    assert_eq!(
                        log.count("cleaned b"),
                        usize::from(nth > 1),
                        "at await {nth}"
                    );
                    assert!(log.count("cleanup a") == 1, "begun again at await {nth}");
                }
            }
        });
    }

    #[test]
    fn error_met_before_the_cleanup_was_cancelled_is_reported() {
        let ((), reports) = reports_of(async || {
            let stuck = Log::new().probe("stuck").yielding(1);
            cancel_at(1, open_all((fail::<Probe>("a", 0), open(stuck, 0)))).await;
        });
        let failed = |report: &&Report| report.message == "constructor failed";
        let failed: Vec<_> = reports.iter().filter(failed).collect();
        assert_eq!(failed.len(), 1, "{reports:?}");
        assert_constructor_failed::<Probe>(failed[0], &OpenError("a"));
    }

    #[test]
    fn what_a_constructor_beside_a_panicking_one_made_is_cleaned_up() {
        on_both_flavours(async || {
            let log = Log::new();
            let tracker = CleanupTracker::new();
            let opening = {
                let log = log.clone();
                async move {
                    let panics = async {
                        tokio::task::yield_now().await;
                        panic!("broken");
                    };
                    let opened: Result<(_, AsyncDropGuard<Probe>), OpenError> =
                        open_all((open(log.probe("a"), 0), panics)).await;
                    drop(opened);
                }
            };
            assert!(tokio::spawn(tracker.scope(opening)).await.is_err());
            let report = tracker.drain(Duration::from_secs(60)).await;
            assert!(report.is_clean(), "{report}");
            assert_eq!(log.count("cleaned a"), 1);
        });
    }
}
