//! Orders in which tasks go on.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use async_drop_utils::testing::{Explorer, InjectedFault, Leak, Ledger, fallible, request, spawn};
use tokio::task::yield_now;

use crate::way_out::OnDrop;

type Slot = Arc<Mutex<Option<OnDrop<Box<dyn FnOnce() + Send>>>>>;

/// A writer is quicker than two reads, as long as tasks go on as they are woken.
async fn counts_on_being_overtaken(waits: bool) {
    let slot = Slot::default();
    let to = Arc::clone(&slot);
    let writer = tokio::spawn(async move {
        let entry = Ledger::current().open("row");
        let entry = OnDrop::new(Box::new(move || entry.close()) as Box<dyn FnOnce() + Send>);
        fallible("write").await.ok();
        to.lock().unwrap().replace(entry);
    });
    if waits {
        writer.await.ok();
    } else {
        fallible("read").await.ok();
        fallible("read").await.ok();
    }
    let written = slot.lock().unwrap().take();
    assert!(written.is_some(), "it was overtaken");
}

fn first_line(leak: &Leak) -> String {
    leak.to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn the_scenario_itself_may_be_overtaken_by_more_than_a_turn() {
    let leak = Explorer::new()
        .orders(20, async || {
            let turns = Arc::new(Mutex::new(0));
            let counted = Arc::clone(&turns);
            let task = tokio::spawn(async move {
                for _ in 0..10 {
                    yield_now().await;
                    *counted.lock().unwrap() += 1;
                }
            });
            yield_now().await;
            let turns = *turns.lock().unwrap();
            assert!(turns < 3, "{turns} turns of the task");
            task.await.ok();
        })
        .unwrap_err();
    let line = first_line(&leak);
    assert!(line.ends_with(" turns of the task"), "{line}");
}

#[test]
fn a_race_that_only_some_order_shows() {
    let race = async || counts_on_being_overtaken(false).await;
    let leak = Explorer::new().orders(20, race).unwrap_err();
    let line = first_line(&leak);
    assert!(
        line.starts_with("panics when nothing fails in order "),
        "{line}"
    );
    assert!(line.ends_with(": it was overtaken"), "{line}");
    let replayed = Explorer::only(&line).orders(20, race).unwrap_err();
    assert_eq!(first_line(&replayed), line);
    let again = Explorer::only(&line).all(race).unwrap_err();
    assert_eq!(first_line(&again), line);
    // In the order in which they are woken, no plain run shows it.
    Explorer::only("panics when nothing fails")
        .all(race)
        .unwrap();
    let waits = async || counts_on_being_overtaken(true).await;
    assert_eq!(Explorer::new().orders(20, waits).unwrap().orders(), 20);
}

/// What is done in a run, in order.
fn runs(seed: u64, count: usize) -> Vec<Vec<&'static str>> {
    let runs = RefCell::new(Vec::new());
    Explorer::new()
        .seed(seed)
        .orders(count, async || {
            let done = Arc::new(Mutex::new(Vec::new()));
            let mut tasks = Vec::new();
            for name in ["a", "b", "c"] {
                let done = Arc::clone(&done);
                tasks.push(spawn(async move {
                    for _ in 0..2 {
                        yield_now().await;
                        done.lock().unwrap().push(name);
                    }
                }));
            }
            for task in tasks {
                task.await.ok();
            }
            runs.borrow_mut().push(done.lock().unwrap().clone());
        })
        .unwrap();
    runs.into_inner()
}

#[test]
fn spawned_tasks_without_an_operation_pass_each_other() {
    let seen = runs(1, 10);
    assert!(seen.iter().any(|order| *order != seen[0]), "{seen:?}");
}

#[test]
fn they_follow_from_the_seed() {
    let first = runs(1, 10);
    for _ in 0..20 {
        assert_eq!(runs(1, 10), first);
    }
    assert_ne!(runs(100, 10), first);
}

async fn ask(
    name: &'static str,
    done: &Arc<Mutex<Vec<&'static str>>>,
) -> Result<(), InjectedFault> {
    let done = Arc::clone(done);
    request(name, move || done.lock().unwrap().push(name)).await
}

#[test]
fn requests_pass_each_other() {
    let seen = RefCell::new(Vec::new());
    Explorer::new()
        .orders(10, async || {
            let done = Arc::new(Mutex::new(Vec::new()));
            let (a, b) = tokio::join!(ask("a", &done), ask("b", &done));
            if a.is_ok() && b.is_ok() {
                seen.borrow_mut().push(done.lock().unwrap().clone());
            }
        })
        .unwrap();
    let seen = seen.into_inner();
    assert!(seen.iter().any(|order| *order != seen[0]), "{seen:?}");
}

#[test]
fn in_each_of_them_failures_and_cancellations_are_tried() {
    let scenario = async || {
        let entry = Ledger::current().open("file");
        let close = OnDrop::new(move || entry.close());
        fallible("write").await?;
        drop(close);
        Ok::<_, InjectedFault>(())
    };
    let report = Explorer::new().orders(3, scenario).unwrap();
    assert_eq!(
        (report.orders(), report.faults(), report.cancellations()),
        (3, 0, 0)
    );
    assert_eq!(
        report.to_string(),
        "survives 0 faults and 0 cancellations, 3 orders"
    );
    assert_eq!(
        (report.never_failed().len(), report.never_cut().len()),
        (0, 0)
    );

    let on_error = Explorer::new().orders(3, async || {
        let entry = Ledger::current().open("file");
        let written = fallible("write").await;
        if written.is_ok() {
            entry.close();
        }
    });
    assert!(on_error.unwrap_err().to_string().starts_with("leaks when "));
}

#[test]
fn an_error_that_an_order_leads_to_is_the_affair_of_the_scenario() {
    let errors = std::cell::Cell::new(0);
    let scenario = async || {
        let slot = Arc::new(Mutex::new(false));
        let to = Arc::clone(&slot);
        let writer = spawn(async move { *to.lock().unwrap() = true });
        yield_now().await;
        let written = *slot.lock().unwrap();
        writer.await.ok();
        if !written {
            errors.set(errors.get() + 1);
        }
        written.then_some(()).ok_or("not written")
    };
    Explorer::new().orders(20, scenario).unwrap();
    assert!(errors.get() > 0, "no order leads to it");
}

#[test]
fn a_failure_is_tried_in_the_order_and_not_in_that_of_waking() {
    let seen = RefCell::new(Vec::new());
    Explorer::new()
        .orders(10, async || {
            let done = Arc::new(Mutex::new(Vec::new()));
            let failed = fallible("before").await.is_err();
            let (a, b) = tokio::join!(ask("a", &done), ask("b", &done));
            if a.is_ok() && b.is_ok() {
                let done = done.lock().unwrap().clone();
                seen.borrow_mut().push((failed, done));
            }
        })
        .unwrap();
    let seen = seen.into_inner();
    let (_, as_woken) = &seen[0];
    let in_another = |(failed, done): &(bool, Vec<_>)| *failed && done != as_woken;
    assert!(seen.iter().any(in_another), "{seen:?}");
}

#[test]
fn what_only_an_order_leads_to_is_made_to_fail_in_it() {
    let leak = Explorer::new()
        .orders(20, async || {
            let written = Arc::new(Mutex::new(false));
            let to = Arc::clone(&written);
            let writer = spawn(async move { *to.lock().unwrap() = true });
            yield_now().await;
            let late = !*written.lock().unwrap();
            if late {
                let entry = Ledger::current().open("file");
                let close = OnDrop::new(move || entry.close());
                if fallible("repair").await.is_err() {
                    close.forget();
                }
            }
            writer.await.ok();
        })
        .unwrap_err();
    let line = first_line(&leak);
    assert!(
        line.starts_with("leaks when repair #1 fails in order "),
        "{line}"
    );
}
