//! Constructors on a stack.

use super::*;

const FILE: &str = file!();

#[derive(Debug)]
struct Built {
    a: AsyncDropGuard<Probe>,
    b: AsyncDropGuard<Other>,
}

#[async_trait]
impl AsyncDrop for Built {
    type Error = ProbeError;

    async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
        async_drop_utils::async_drop_in_order!(self.a, self.b)
    }
}

/// Acquires a value, with an await on the way.
async fn open<T: Debug>(value: T) -> Result<AsyncDropGuard<T>, ProbeError> {
    tokio::task::yield_now().await;
    Ok(AsyncDropGuard::new(value))
}

async fn fail() -> Result<(), ProbeError> {
    tokio::task::yield_now().await;
    Err(ProbeError("the last step"))
}

async fn build(
    log: &Log,
    last_step: impl AsyncFnOnce() -> Result<(), ProbeError>,
) -> Result<AsyncDropGuard<Built>, ProbeError> {
    Stack::construct(async |stack| {
        let a = stack.push(open(log.probe("a").yielding(1)).await?);
        // Lends what is on the stack to the step that is pushed next.
        let b = stack.push(open(Other(borrows(&stack[&a], log))).await?);
        last_step().await?;
        Ok(AsyncDropGuard::new(Built {
            a: stack.take(a),
            b: stack.take(b),
        }))
    })
    .await
}

fn borrows(a: &Probe, log: &Log) -> Probe {
    assert_eq!(a.name, "a");
    log.probe("b").yielding(1)
}

#[test]
fn constructor_that_succeeds_hands_the_guards_over() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut built = build(&log, async || Ok(())).await.unwrap();
        assert_eq!(log.cleaned(), [""; 0]);
        assert_eq!(built.async_drop().await, Ok(()));
        assert_eq!(log.cleaned(), ["a", "b"]);
    });
}

#[test]
fn constructor_that_fails_unwinds_what_it_had_acquired_and_returns_its_error() {
    on_both_flavours(async || {
        let log = Log::new();
        let error = build(&log, fail).await.unwrap_err();
        assert_eq!(error, ProbeError("the last step"));
        assert_eq!(log.cleaned(), ["b", "a"]);
    });
}

#[test]
fn constructor_that_fails_reports_each_cleanup_that_fails_too() {
    let ((), reports) = reports_of(async || {
        let log = Log::new();
        let failed: Result<AsyncDropGuard<Built>, _> = Stack::construct(async |stack| {
            stack.push(open(log.probe("a").failing()).await?);
            stack.push(open(Other(log.probe("b").failing())).await?);
            Err(ProbeError("the last step"))
        })
        .await;
        assert_eq!(failed.unwrap_err(), ProbeError("the last step"));
    });
    assert_eq!(reports.len(), 2);
    reports[0].assert_cleanup_failed::<Probe>(ProbeError("a"), FILE);
    reports[1].assert_cleanup_failed::<Other>(OtherError(ProbeError("b")), FILE);
}

#[test]
fn what_a_successful_constructor_leaves_on_the_stack_is_cleaned_up() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut built = Stack::construct(async |stack| {
            let kept = stack.push(open(log.probe("kept")).await?);
            stack.push(open(log.probe("scaffold").yielding(1)).await?);
            Ok(stack.take(kept))
        })
        .await
        .unwrap();
        assert_eq!(log.cleaned(), ["scaffold"]);
        assert_eq!(built.async_drop().await, Ok(()));
    });
}

#[test]
fn value_is_cleaned_up_when_what_is_left_on_the_stack_fails_to_be() {
    let ((), reports) = reports_of(async || {
        let log = Log::new();
        let failed = Stack::construct(async |stack| {
            stack.push(open(log.probe("below").failing()).await?);
            stack.push(open(log.probe("scaffold").failing()).await?);
            open(Other(log.probe("value").failing())).await
        })
        .await;
        assert_eq!(failed.unwrap_err(), ProbeError("scaffold"));
        assert_eq!(log.cleaned(), ["scaffold", "below", "value"]);
    });
    assert_eq!(reports.len(), 2);
    reports[0].assert_cleanup_failed::<Probe>(ProbeError("below"), FILE);
    reports[1].assert_cleanup_failed::<Other>(OtherError(ProbeError("value")), FILE);
}

#[test]
fn constructor_can_be_spawned() {
    common::multi_thread().block_on(async {
        let log = Log::new();
        let task = tokio::spawn(async move { build(&log, async || Ok(())).await });
        let mut built = task.await.unwrap().unwrap();
        assert_eq!(built.async_drop().await, Ok(()));
    });
}

#[cfg(feature = "tokio")]
mod cancelled {
    use std::pin::pin;
    use std::task::{Context, Waker};
    use std::time::Duration;

    use async_drop_utils::CleanupTracker;

    use super::*;
    use crate::drained::drained;

    /// Cancels `constructor` at its `nth` pending await; the cleanup tasks then have nothing to complain of.
    async fn cancel_at<T>(nth: usize, constructor: impl Future<Output = T>) {
        drained(async {
            let mut constructor = pin!(constructor);
            let mut context = Context::from_waker(Waker::noop());
            for _ in 0..nth {
                assert!(constructor.as_mut().poll(&mut context).is_pending());
            }
        })
        .await;
    }

    #[test]
    fn constructor_cancelled_at_any_await_unwinds_in_a_task_in_order() {
        on_both_flavours(async || {
            let acquired: [&[&str]; 5] = [
                &[],         // while it opens `a`
                &["a"],      // while it opens `b`
                &["b", "a"], // in the last step
                &["b", "a"], // while it unwinds `b`
                &["b", "a"], // while it unwinds `a`
            ];
            for (earlier, expected) in acquired.iter().enumerate() {
                let log = Log::new();
                cancel_at(earlier + 1, build(&log, fail)).await;
                assert_eq!(log.cleaned(), *expected);
                for name in ["a", "b"] {
                    assert!(log.count(&format!("cleanup {name}")) <= 1, "begun again");
                }
            }
        });
    }

    #[test]
    fn value_of_a_constructor_cancelled_while_it_cleans_up_the_rest_is_cleaned_up_last() {
        on_both_flavours(async || {
            let log = Log::new();
            cancel_at(
                1,
                Stack::construct(async |stack| {
                    stack.push(log.guard("below"));
                    stack.push(log.probe("scaffold").yielding(1).guard());
                    Ok(log.guard("value"))
                }),
            )
            .await;
            assert_eq!(log.cleaned(), ["scaffold", "below", "value"]);
        });
    }

    #[test]
    fn body_that_panics_has_its_stack_unwound_in_a_task() {
        on_both_flavours(async || {
            let log = Log::new();
            let tracker = CleanupTracker::new();
            let body = {
                let log = log.clone();
                async move {
                    let _: Result<AsyncDropGuard<Probe>, _> = Stack::construct(async |stack| {
                        stack.push(log.guard("a"));
                        panic!("broken")
                    })
                    .await;
                }
            };
            assert!(tokio::spawn(tracker.scope(body)).await.is_err());
            let report = tracker.drain(Duration::from_secs(60)).await;
            assert!(report.is_clean(), "{report}");
            assert_eq!(log.cleaned(), ["a"]);
        });
    }
}
