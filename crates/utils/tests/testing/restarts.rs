//! A future that is cut off and called again on the same state.

use std::sync::{Arc, Mutex};

use async_drop_utils::testing::{Explorer, InjectedFault, fallible, restartable};
use tokio::sync::oneshot;

use crate::{By, finds, survives};

/// Reads two parts of a frame, and keeps the first in a local or in what outlives the call.
async fn read(keeps: bool) -> Result<(), InjectedFault> {
    let mut stream = [1, 2, 3, 4].into_iter();
    let mut kept = Vec::new();
    let frame = restartable("read", async || {
        let mut local = Vec::new();
        let frame = if keeps { &mut kept } else { &mut local };
        while frame.len() < 2 {
            fallible("byte").await?;
            frame.extend(stream.next());
        }
        Ok::<_, InjectedFault>(frame.clone())
    });
    assert_eq!(frame.await?, [1, 2], "the frame");
    Ok(())
}

#[test]
fn at_once() {
    finds(
        By::Pairs,
        async || read(false).await,
        "panics when read #1 is cut off at its await #2 and called again: \
         assertion `left == right` failed: the frame\n  left: [2, 3]\n right: [1, 2]",
    );
    survives(async || read(true).await);
}

/// Takes what is sent; what cannot be sent is put back, and what is under way to a receiver that is gone is lost.
async fn take(asks_again: bool) {
    let queue = Arc::new(Mutex::new(vec![1]));
    let taken = restartable("take", async || {
        let (sender, receiver) = oneshot::channel();
        let from = Arc::clone(&queue);
        tokio::spawn(async move {
            let first = from.lock().unwrap().pop();
            if asks_again {
                // A copy stays until the answer is used.
                from.lock().unwrap().extend(first);
                sender.send(first).ok();
            } else if let Err(Some(unwanted)) = sender.send(first) {
                from.lock().unwrap().push(unwanted);
            }
        });
        receiver.await.ok().flatten()
    });
    assert_eq!(taken.await, Some(1), "it is lost");
}

#[test]
fn just_before_it_resumes() {
    finds(
        By::Pairs,
        async || take(false).await,
        "panics when take #1 is cut off at its await #1 just before it resumes and called again: \
         assertion `left == right` failed: it is lost\n  left: None\n right: Some(1)",
    );
    survives(async || take(true).await);
}

#[test]
fn each_call_of_a_name_is_one_of_its_own() {
    let report = Explorer::new()
        .all(async || {
            for name in ["a", "b", "a"] {
                restartable(name, async || fallible("read").await)
                    .await
                    .ok();
            }
        })
        .unwrap();
    assert_eq!(report.restarts(), 6);
    assert!(report.to_string().contains(", 6 calls again, "), "{report}");
    for (name, expected) in [("a #2", true), ("b #1", true), ("b #2", false)] {
        let replay = format!("panics when {name} is cut off at its await #1 and called again");
        let replayed = Explorer::only(&replay).all(async || {
            for name in ["a", "b", "a"] {
                restartable(name, async || fallible("read").await)
                    .await
                    .ok();
            }
        });
        assert_eq!(replayed.is_ok(), expected, "{name}");
    }
}

#[test]
fn one_alone_is_called_again() {
    finds(
        By::All,
        async || {
            restartable("first", async || fallible("read").await)
                .await
                .ok();
            let mut calls = 0;
            let second = restartable("second", async || {
                calls += 1;
                fallible("read").await
            });
            second.await.ok();
            assert_eq!(calls, 1, "calls");
        },
        "panics when second #1 is cut off at its await #1 and called again: \
         assertion `left == right` failed: calls\n  left: 2\n right: 1",
    );
}

#[test]
fn one_that_runs_inside_another_has_awaits_of_its_own() {
    let report = Explorer::new()
        .all(async || {
            restartable("outer", async || {
                fallible("before").await.ok();
                restartable("inner", async || fallible("read").await)
                    .await
                    .ok();
            })
            .await;
        })
        .unwrap();
    // Two awaits of the outer, one of the inner, each at two moments.
    assert_eq!(report.restarts(), 6);
}

#[tokio::test]
async fn outside_of_an_exploration_it_is_called_once() {
    let mut calls = 0;
    let called = restartable("read", async || {
        calls += 1;
        tokio::task::yield_now().await;
        calls
    });
    assert_eq!(called.await, 1);
}
