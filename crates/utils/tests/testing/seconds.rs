//! What can happen as the second of a pair, beside faults and cancellations at once.

use std::time::Duration;

use async_drop_utils::testing::{Explorer, Ledger, fallible, restartable, spawn};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use crate::pairs::{file, only_a_pair_shows};
use crate::survives;
use crate::way_out::OnDrop;

#[test]
fn a_cancellation_just_before_it_resumes() {
    let scenario = async |guarded: bool| {
        if fallible("write").await.is_err() {
            let copy = Ledger::current().open("copy");
            let (sender, receiver) = oneshot::channel();
            let parcel = if guarded {
                (None, Some(OnDrop::new(move || copy.close())))
            } else {
                (Some(copy), None)
            };
            tokio::spawn(async move {
                if let Err((Some(copy), _)) = sender.send(parcel) {
                    copy.close();
                }
            });
            if let Ok((Some(copy), _)) = receiver.await {
                copy.close();
            }
        }
    };
    only_a_pair_shows(
        async || scenario(false).await,
        "leaks when write #1 fails and then cancelled at await #2 just before it resumes\n\
         still open: copy #1",
    );
    survives(async || scenario(true).await);
}

#[test]
fn an_hour() {
    let scenario = async |forgets: bool| {
        if fallible("write").await.is_err() {
            let file = file();
            let (signal, signalled) = oneshot::channel();
            let other = tokio::spawn(async move {
                sleep(Duration::from_secs(1)).await;
                signal.send(()).ok();
            });
            let waited = timeout(Duration::from_secs(5), signalled).await;
            if waited.is_err() && forgets {
                file.forget();
            }
            other.await.ok();
        }
    };
    only_a_pair_shows(
        async || scenario(true).await,
        "leaks when write #1 fails and then an hour passes at await #2\nstill open: file #1",
    );
    survives(async || scenario(false).await);
    let keeps_time = Explorer::new().keeps_time();
    keeps_time.pairs(async || scenario(true).await).unwrap();
}

#[test]
fn an_abort_of_a_task_that_only_an_error_starts() {
    let scenario = async |guarded: bool| {
        if fallible("write").await.is_err() {
            let copy = Ledger::current().open("copy");
            let worker = if guarded {
                let close = OnDrop::new(move || copy.close());
                spawn(async move { drop(close) })
            } else {
                spawn(async move { copy.close() })
            };
            worker.await.ok();
        }
    };
    only_a_pair_shows(
        async || scenario(false).await,
        "leaks when write #1 fails and then task #1 is aborted before it starts\n\
         still open: copy #1",
    );
    survives(async || scenario(true).await);
}

#[test]
fn an_abort_at_an_await_that_only_an_error_leads_to() {
    let scenario = async |guarded: bool| {
        let (signal, signalled) = oneshot::channel();
        let worker = spawn(async move {
            yield_now().await;
            if signalled.await.is_ok() {
                let copy = Ledger::current().open("copy");
                if guarded {
                    let close = OnDrop::new(move || copy.close());
                    yield_now().await;
                    drop(close);
                } else {
                    yield_now().await;
                    copy.close();
                }
            }
        });
        match fallible("write").await {
            Ok(()) => drop(signal),
            Err(_) => drop(signal.send(())),
        }
        worker.await.ok();
    };
    only_a_pair_shows(
        async || scenario(false).await,
        "leaks when write #1 fails and then task #1 is aborted at its await #2\n\
         still open: copy #1",
    );
    survives(async || scenario(true).await);
}

/// A part that is taken and not yet returned is lost with the call.
async fn receive(loses: bool) {
    let mut parts = vec![1];
    let received = restartable("receive", async || {
        yield_now().await;
        if fallible("ask").await.is_ok() {
            return parts.pop();
        }
        if loses {
            let part = parts.pop();
            yield_now().await;
            part
        } else {
            yield_now().await;
            parts.pop()
        }
    });
    assert_eq!(received.await, Some(1), "it is lost");
}

#[test]
fn a_call_again_at_an_await_that_only_an_error_leads_to() {
    only_a_pair_shows(
        async || receive(true).await,
        "panics when ask #1 fails and then receive #1 is cut off at its await #3 and called again: \
         assertion `left == right` failed: it is lost\n  left: None\n right: Some(1)",
    );
    survives(async || receive(false).await);
}

#[test]
fn a_call_again_of_what_only_an_error_calls() {
    let scenario = async |loses: bool| {
        if fallible("write").await.is_err() {
            let mut parts = vec![1];
            let received = restartable("receive", async || {
                let part = if loses { parts.pop() } else { None };
                yield_now().await;
                part.or_else(|| parts.pop())
            });
            assert_eq!(received.await, Some(1), "it is lost");
        }
    };
    only_a_pair_shows(
        async || scenario(true).await,
        "panics when write #1 fails and then receive #1 is cut off at its await #1 and called again: \
         assertion `left == right` failed: it is lost\n  left: None\n right: Some(1)",
    );
    survives(async || scenario(false).await);
}

#[test]
fn only_what_comes_behind_the_first() {
    let keeps_time = Explorer::new().keeps_time();
    let report = keeps_time
        .pairs(async || {
            let worker = spawn(yield_now());
            worker.await.ok();
            fallible("write").await.ok();
        })
        .unwrap();
    // Behind `write`: two cancellations at its await, and the end of the program. Behind a cancellation at the first await: an abort
    // at the await of the task. Behind an abort: `write`, two cancellations at each await to come, which are two when the task has not
    // started, and the end.
    assert_eq!(report.pairs(), (2 + 1) + 1 + (1 + 4 + 1) + (1 + 2 + 1));
    let report = keeps_time
        .pairs(async || {
            restartable("receive", yield_now).await;
            fallible("write").await.ok();
        })
        .unwrap();
    // Behind `write` as above; behind each of two calls again: `write`, two cancellations at each of two awaits, and the end.
    assert_eq!(report.pairs(), (2 + 1) + 2 * (1 + 4 + 1));
}
