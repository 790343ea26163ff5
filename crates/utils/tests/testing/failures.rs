use std::cell::RefCell;
use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use async_drop_utils::testing::{Explorer, InjectedFault, Ledger, fallible, fault_point};

use crate::connection::Connection;

use crate::begins;

#[test]
fn a_leak_on_an_error_path_is_found_and_the_fault_named() {
    let leak = Explorer::new()
        .failures(async || {
            let entry = Ledger::current().open("connection");
            fallible("connect").await.ok();
            fallible("fetch").await?;
            entry.close();
            Ok::<(), InjectedFault>(())
        })
        .unwrap_err();
    assert_eq!(
        leak.to_string(),
        "leaks when fetch #1 fails\nstill open: connection #1"
    );
    let fault = leak.fault().unwrap();
    assert_eq!((fault.name(), fault.number()), ("fetch", 1));
    assert_eq!(leak.cancelled_at(), None);
    assert_eq!(leak.imbalance().still_open(), ["connection #1"]);
}

#[test]
fn debug_of_a_leak_adds_how_to_replay_it() {
    let leak = Explorer::new()
        .failures(async || fallible("fetch").await.unwrap())
        .unwrap_err();
    begins(&leak, "panics when fetch #1 fails");
    let line = "panics when fetch #1 fails";
    assert_eq!(
        format!("{leak:?}"),
        format!(
            "{leak}\nto replay: Explorer::only({line:?}), or ASYNC_DROP_EXPLORER_ONLY={line:?}"
        )
    );
}

#[test]
fn the_second_operation_of_a_name_is_named_by_its_number() {
    let leak = Explorer::new()
        .failures(async || {
            fallible("fetch").await?;
            let entry = Ledger::current().open("page");
            fallible("fetch").await?;
            entry.close();
            Ok::<(), InjectedFault>(())
        })
        .unwrap_err();
    begins(&leak, "leaks when fetch #2 fails\n");
    assert_eq!(leak.fault().unwrap().number(), 2);
}

#[test]
fn a_leak_without_any_fault_is_found_first() {
    let leak = Explorer::new()
        .failures(async || {
            drop(Ledger::current().open("connection"));
            fallible("fetch").await
        })
        .unwrap_err();
    assert_eq!(
        leak.to_string(),
        "leaks when nothing fails\nstill open: connection #1"
    );
    assert_eq!(leak.fault(), None);
}

#[test]
fn right_code_survives_every_fault() {
    let report = Explorer::new()
        .failures(async || {
            let mut connection = Connection::connect().await?;
            let fetched = connection.fetch().await;
            let closed = connection.async_drop().await;
            fetched.and(closed)
        })
        .unwrap();
    assert_eq!(report.faults(), 6);
    assert_eq!(report.cancellations(), 0);
    assert_eq!(report.runs(), 7);
    assert_eq!(report.to_string(), "survives 6 faults and 0 cancellations");
}

#[test]
fn a_forgotten_guard_is_a_leak() {
    let leak = Explorer::new()
        .failures(async || {
            let mut connection = Connection::connect().await?;
            connection.fetch().await?;
            connection.async_drop().await
        })
        .unwrap_err();
    let text = leak.to_string();
    assert!(
        text.starts_with("leaks when fetch #1 fails\nstill open: connection #1\nforgotten: "),
        "{text}"
    );
    let [forgotten] = leak.imbalance().forgotten() else {
        panic!("{text}");
    };
    assert!(forgotten.starts_with("Connection { entry: Entry(connection #1) } (type "));
    assert!(forgotten.contains("guard made at crates/utils/tests/testing/connection.rs:"));
}

#[test]
fn a_double_close_is_a_leak() {
    let leak = Explorer::new()
        .failures(async || {
            let entry = Ledger::current().open("connection");
            let fetched = fallible("fetch").await;
            entry.close();
            if fetched.is_err() {
                entry.close();
            }
        })
        .unwrap_err();
    assert_eq!(
        leak.to_string(),
        "leaks when fetch #1 fails\nclosed twice: connection #1"
    );
}

#[test]
fn fault_points_without_an_await_fail_in_turn() {
    let failed = RefCell::new(Vec::new());
    Explorer::new()
        .failures(async || {
            for _ in 0..2 {
                if let Err(fault) = fault_point("parse") {
                    failed.borrow_mut().push(fault.to_string());
                }
            }
        })
        .unwrap();
    assert_eq!(
        *failed.borrow(),
        // The last two are of one run, in which `parse` fails from the first on.
        [1, 2, 1, 2].map(|number| format!("parse #{number} failed (injected)"))
    );
}

#[test]
fn a_run_has_one_fault() {
    let report = Explorer::new()
        .failures(async || {
            if fallible("fetch").await.is_err() {
                fallible("retry").await?;
            }
            Ok::<(), InjectedFault>(())
        })
        .unwrap();
    assert_eq!(
        report.faults(),
        2,
        "`retry` runs only after the one fault of its run"
    );
}

#[test]
fn an_error_without_a_fault_is_found() {
    let found = Explorer::new()
        .failures(async || Err::<(), _>(io::Error::from(io::ErrorKind::NotFound)))
        .unwrap_err();
    assert_eq!(
        found.to_string(),
        "returns an error when nothing fails: Kind(NotFound)"
    );
}

#[test]
fn concurrent_operations_are_numbered_in_the_order_of_arrival() {
    let failed = RefCell::new(Vec::new());
    Explorer::new()
        .failures(async || {
            let (a, b) = tokio::join!(
                async {
                    fallible("first").await?;
                    fallible("third").await
                },
                fallible("second"),
            );
            failed.borrow_mut().extend(a.and(b).err());
        })
        .unwrap();
    let names: Vec<_> = failed
        .borrow()
        .iter()
        .map(|f| f.name().to_owned())
        .collect();
    // Each fails, and then each never answers.
    assert_eq!(
        names,
        ["first", "second", "third", "first", "second", "third"]
    );
}

#[test]
fn an_injected_fault_converts_into_the_usual_errors() {
    let seen = RefCell::new(None);
    Explorer::new()
        .failures(async || {
            let io = async { io::Result::Ok(fallible("fetch").await?) }.await;
            if let Err(error) = io {
                let boxed: Box<dyn Error + Send + Sync> = error.into();
                *seen.borrow_mut() = Some(boxed.to_string());
            }
        })
        .unwrap();
    assert_eq!(seen.take().unwrap(), "fetch #1 failed (injected)");
}

#[test]
fn the_scenario_may_borrow_and_may_be_a_plain_closure() {
    let names = vec!["a".to_owned(), "b".to_owned()];
    let explorer = Explorer::new();
    let borrowing = explorer.failures(async || {
        for name in &names {
            fallible(name.as_str()).await?;
        }
        Ok::<(), InjectedFault>(())
    });
    assert_eq!(borrowing.unwrap().faults(), 4);
    let plain = explorer.failures(|| async { fallible("fetch").await });
    assert_eq!(plain.unwrap().faults(), 2);
}

#[test]
fn fifty_operations_take_no_second() {
    let start = Instant::now();
    let report = Explorer::new()
        .failures(async || {
            let mut connection = Connection::open();
            let mut fetched = Ok(());
            for _ in 0..49 {
                fetched = fetched.and(connection.fetch().await);
            }
            fetched.and(connection.async_drop().await)
        })
        .unwrap();
    let took = start.elapsed();
    // Each fails and each never answers; all but two of the fetches fail from there on as well.
    assert_eq!(report.faults(), 50 + 50 + 48);
    // A tenth of it on a machine that has nothing else to do.
    assert!(took < Duration::from_secs(3), "took {took:?}");
    assert_eq!(report.runs(), 1 + 148);
    assert!(report.cut_short().is_empty());
}
