//! What is found first is what is easiest to read.

use std::time::Duration;

use async_drop_utils::testing::{Explorer, Ledger, fallible, request, restartable, spawn};
use tokio::time::sleep;

use crate::way_out::OnDrop;

/// One bug for each thing that can happen, those from `bugs` on.
async fn with_bugs(bugs: usize) {
    let has = |bug: usize| bugs <= bug;
    let ledger = Ledger::current();
    let bug = |name: &'static str| drop(Ledger::current().open(name));
    if has(0) {
        bug("plain");
    }
    let mut ended = false;
    let cut_off = OnDrop::new({
        let ledger = ledger.clone();
        move || {
            if has(2) {
                drop(ledger.open("cancelled"));
            }
        }
    });
    if fallible("ask").await.is_err() {
        if has(1) {
            bug("failed");
        }
        if fallible("ask again").await.is_err() && has(8) {
            bug("pair");
        }
    }
    let asked = std::sync::Arc::new(std::sync::Mutex::new(false));
    let granted = std::sync::Arc::clone(&asked);
    if request("grant", move || *granted.lock().unwrap() = true)
        .await
        .is_err()
        && *asked.lock().unwrap()
        && has(3)
    {
        bug("answer lost");
    }
    let mut failed = 0;
    for _ in 0..2 {
        failed += usize::from(fallible("try").await.is_err());
    }
    if failed == 2 && has(4) {
        bug("persistent");
    }
    let start = tokio::time::Instant::now();
    sleep(Duration::from_secs(1)).await;
    if start.elapsed() > Duration::from_secs(2) && has(5) {
        bug("hour");
    }
    if spawn(sleep(Duration::from_secs(1))).await.is_err() && has(6) {
        bug("aborted");
    }
    let mut calls = 0;
    restartable("receive", async || {
        calls += 1;
        sleep(Duration::from_secs(1)).await;
    })
    .await;
    if calls == 2 && has(7) {
        bug("restarted");
    }
    ended |= true;
    if ended {
        cut_off.forget();
    }
}

#[test]
fn it_is_what_is_easiest_to_read() {
    let found: Vec<String> = (0..9)
        .map(|bugs| {
            let leak = Explorer::new()
                .pairs(async || with_bugs(bugs).await)
                .unwrap_err();
            leak.to_string()
        })
        .collect();
    assert_eq!(
        found,
        [
            "leaks when nothing fails\nstill open: plain #1",
            "leaks when ask #1 fails\nstill open: failed #1",
            "leaks when cancelled at await #1\nstill open: cancelled #1",
            "leaks when grant #1 happens and its answer is lost\nstill open: answer lost #1",
            "leaks when try fails from #1 on\nstill open: persistent #1",
            "leaks when an hour passes at await #5\nstill open: hour #1",
            "leaks when task #1 is aborted before it starts\nstill open: aborted #1",
            "leaks when receive #1 is cut off at its await #1 and called again\nstill open: restarted #1",
            "leaks when ask #1 fails and then ask again #1 fails\nstill open: pair #1",
        ]
    );
    Explorer::new().pairs(async || with_bugs(9).await).unwrap();
}
