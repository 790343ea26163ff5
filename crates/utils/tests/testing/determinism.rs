use std::time::Duration;

use async_drop_utils::testing::{Explorer, InjectedFault, Leak, Ledger, Report, fallible};
use tokio::task::JoinSet;
use tokio::time::sleep;

async fn worker(number: u64, careless: bool) -> Result<(), InjectedFault> {
    let entry = Ledger::current().open("worker");
    sleep(Duration::from_millis(number % 3)).await;
    let worked = fallible("work").await;
    if careless && number == 5 {
        worked?;
    }
    entry.close();
    Ok(())
}

fn explore(careless: bool) -> Result<Report, Leak> {
    Explorer::new().failures(async || {
        let mut workers = JoinSet::new();
        for number in 0..8 {
            workers.spawn(worker(number, careless));
        }
        tokio::join!(
            sleep(Duration::from_secs(1)),
            fallible("join").await.map_or_else(
                |_| sleep(Duration::ZERO),
                |()| sleep(Duration::from_millis(2))
            )
        );
        while workers.join_next().await.is_some() {}
    })
}

#[test]
fn the_same_scenario_gives_the_same_report() {
    let first = explore(false).unwrap();
    // Nine operations, which fail or never answer; `work` fails from each but the last on.
    assert_eq!(first.faults(), 9 + 9 + 7);
    for _ in 0..20 {
        assert_eq!(explore(false).unwrap(), first);
    }
}

#[test]
fn the_same_scenario_gives_the_same_leak() {
    let first = explore(true).unwrap_err().to_string();
    assert!(first.contains("\nstill open: worker #6"), "{first}");
    for _ in 0..20 {
        assert_eq!(explore(true).unwrap_err().to_string(), first);
    }
}
