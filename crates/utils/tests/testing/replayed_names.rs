//! Operations whose names have words of a finding in them.

use async_drop_utils::testing::{InjectedFault, Ledger, fallible, restartable};
use tokio::task::yield_now;

use crate::pairs::file;
use crate::{By, finds};

#[test]
fn whatever_an_operation_is_called_its_finding_is_found_again() {
    for name in [
        "",
        " read ",
        "read: all",
        "read in order",
        "read in order 7",
        "read when idle",
        "lock and then read",
        "lock and then lock and then read",
        "cancelled at await #1",
        "nothing fails",
        "read fails",
        "write from #2 on",
    ] {
        finds(
            By::All,
            async || {
                let file = Ledger::current().open("file");
                fallible(name).await?;
                file.close();
                Ok::<_, InjectedFault>(())
            },
            &format!("leaks when {name} #1 fails\nstill open: file #1"),
        );
    }
}

#[test]
fn also_as_the_second_and_as_the_first_of_two() {
    let names = ["lock and then read", "write and then unlock"];
    finds(
        By::Pairs,
        async || {
            let file = file();
            let mut failed = 0;
            for name in names {
                failed += usize::from(fallible(name).await.is_err());
            }
            if failed == 2 {
                file.forget();
            }
        },
        "leaks when lock and then read #1 fails and then write and then unlock #1 fails\n\
         still open: file #1",
    );
}

#[test]
fn a_name_of_two_lines_is_written_on_one() {
    finds(
        By::All,
        async || {
            let file = Ledger::current().open("file");
            let fault = fallible("read\nall").await;
            if let Err(fault) = &fault {
                assert_eq!(fault.name(), "read all");
            }
            fault?;
            file.close();
            Ok::<_, InjectedFault>(())
        },
        "leaks when read all #1 fails\nstill open: file #1",
    );
    finds(
        By::All,
        async || {
            let mut calls = 0;
            restartable("read\nall", async || {
                calls += 1;
                yield_now().await;
            })
            .await;
            assert_eq!(calls, 1, "calls");
        },
        "panics when read all #1 is cut off at its await #1 and called again: \
         assertion `left == right` failed: calls\n  left: 2\n right: 1",
    );
}
