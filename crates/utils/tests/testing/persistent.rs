//! All operations of one name fail from one on.

use async_drop_utils::testing::{Explorer, InjectedFault, Ledger, fallible, fault_point};

use crate::way_out::OnDrop;
use crate::{By, finds, survives};

/// Tries so often, and forgets what is open when it gives up.
async fn retry(forgets: bool) -> Result<(), InjectedFault> {
    let entry = Ledger::current().open("file");
    let close = OnDrop::new(move || entry.close());
    for _ in 0..5 {
        if fallible("write").await.is_ok() {
            return Ok(());
        }
    }
    if forgets {
        close.forget();
    }
    Ok(())
}

#[test]
fn whoever_gives_up_is_found() {
    finds(
        By::Pairs,
        async || retry(true).await,
        "leaks when write fails from #1 on\nstill open: file #1",
    );
    survives(async || retry(false).await);
}

#[test]
fn they_begin_where_another_of_the_name_follows() {
    let report = Explorer::new()
        .failures(async || {
            for _ in 0..3 {
                fallible("write").await.ok();
            }
            fault_point("parse").ok();
            fault_point("parse").ok();
            fallible("once").await.ok();
        })
        .unwrap();
    // Each fails alone, four never answer, and all fail from `write #1`, `write #2` and `parse #1` on.
    assert_eq!(report.faults(), 6 + 4 + 3);
    assert_eq!(report.runs(), 1 + 6 + 4 + 3);
}

#[test]
fn others_of_another_name_do_not_fail() {
    let scenario = async || {
        let mut failed = Vec::new();
        for name in ["write", "read", "write", "read", "write"] {
            failed.push(fallible(name).await.is_err());
        }
        assert_ne!(failed, [false, false, true, false, true]);
    };
    finds(
        By::All,
        scenario,
        "panics when write fails from #2 on: assertion `left != right` failed\n  \
         left: [false, false, true, false, true]\n right: [false, false, true, false, true]",
    );
}
