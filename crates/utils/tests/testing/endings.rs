//! The end of the runtime, and of a program right behind `drain`.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use async_drop_utils::testing::{Entry, Explorer, InjectedFault, Ledger, fallible};
use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use tokio::runtime::Handle;
use tokio::task::{spawn_blocking, yield_now};
use tokio::time::sleep;

use crate::way_out::OnDrop;
use crate::{By, finds, finds_with, survives};

const ENDS: [&str; 3] = [
    "the runtime is dropped",
    "the runtime is shut down with a timeout",
    "the runtime is shut down in the background",
];

/// A task whose future panics when it is dropped before its end.
async fn with_a_task_that_has_to_end(panics: bool) {
    let worker = tokio::spawn(async move {
        let cut_off = OnDrop::new(|| {
            if panics {
                panic!("not at its end");
            }
        });
        sleep(Duration::from_secs(1)).await;
        cut_off.forget();
    });
    yield_now().await; // it starts
    worker.await.ok();
}

#[test]
fn a_panic_in_a_task_that_the_runtime_drops() {
    finds(
        By::Endings,
        async || with_a_task_that_has_to_end(true).await,
        "panics when the runtime is dropped at await #2: not at its end",
    );
    Explorer::new()
        .cancellations(async || with_a_task_that_has_to_end(true).await)
        .unwrap();
    survives(async || with_a_task_that_has_to_end(false).await);
}

#[test]
fn each_way_of_ending_is_tried_at_each_await() {
    let report = Explorer::new()
        .endings(async || {
            yield_now().await;
            yield_now().await;
        })
        .unwrap();
    assert_eq!(report.endings(), 6);
    // And one of each way that finds no third await.
    assert_eq!(report.runs(), 1 + 9);
    assert_eq!(
        report.to_string(),
        "survives 0 faults and 0 cancellations, 6 ends of the runtime"
    );
    for end in ENDS {
        let found = Explorer::only(&format!("panics when {end} at await #2"))
            .all(async || with_a_task_that_has_to_end(true).await)
            .unwrap_err();
        assert!(
            found
                .to_string()
                .starts_with(&format!("panics when {end} at await #2: not"))
        );
        let report = Explorer::only(&format!("panics when {end} at await #2"))
            .all(async || {
                yield_now().await;
                yield_now().await;
            })
            .unwrap();
        assert_eq!((report.endings(), report.runs()), (1, 1));
    }
}

#[test]
fn what_is_closed_by_both_ends_of_a_runtime_is_closed_twice() {
    let scenario = async |twice: bool| {
        let entry = Arc::new(Ledger::current().open("file"));
        let in_task = Arc::clone(&entry);
        let task = tokio::spawn(async move {
            let cut_off = OnDrop::new(move || {
                if twice || in_task.is_open() {
                    in_task.close();
                }
            });
            sleep(Duration::from_secs(1)).await;
            cut_off.forget();
        });
        let cut_off = OnDrop::new(|| entry.close());
        yield_now().await; // it starts
        task.await.ok();
        drop(cut_off);
    };
    finds(
        By::Endings,
        async || scenario(true).await,
        "leaks when the runtime is dropped at await #2\nclosed twice: file #1",
    );
    survives(async || scenario(false).await);
}

#[test]
fn what_is_open_when_a_runtime_ends_is_no_finding() {
    let report = Explorer::new()
        .endings(async || {
            let entry = Ledger::current().open("file");
            yield_now().await;
            entry.close();
        })
        .unwrap();
    assert_eq!(report.endings(), 3);
}

#[test]
fn a_thread_that_never_ends_hangs_the_drop_of_the_runtime() {
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(std::sync::Mutex::new(released));
    let scenario = async || {
        let (stop, stopped) = mpsc::channel();
        let released = Arc::clone(&released);
        let worker = spawn_blocking(move || {
            if stopped.recv().is_err() {
                // Nobody told it to stop, and now it waits for somebody who never comes.
                released.lock().unwrap().recv().ok();
            }
        });
        yield_now().await;
        stop.send(()).ok();
        worker.await.ok();
    };
    finds_with(
        |explorer| explorer.patience(Duration::from_millis(200)),
        By::Endings,
        scenario,
        "hangs when the runtime is dropped at await #1: still running after 200ms (the bound is Explorer::patience)",
    );
    drop(release);
}

/// It sleeps while it closes: `drain` has to know of it.
#[derive(Debug)]
struct Slow(Entry);

#[async_trait::async_trait]
impl AsyncDrop for Slow {
    type Error = InjectedFault;

    async fn async_drop_impl(&mut self) -> Result<(), InjectedFault> {
        sleep(Duration::from_secs(1)).await;
        self.0.close();
        Ok(())
    }
}

#[test]
fn a_cleanup_that_drain_knows_nothing_of_is_lost_behind_it() {
    finds(
        By::All,
        async || {
            let entry = Ledger::current().open("file");
            let close = OnDrop::new(move || {
                Handle::current().spawn(async move {
                    sleep(Duration::from_secs(1)).await;
                    entry.close();
                });
            });
            fallible("write").await.ok();
            drop(close);
        },
        "leaks when nothing fails and main returns right behind drain\nstill open: file #1",
    );
    survives(async || {
        let slow = AsyncDropGuard::new_cancel_safe(Slow(Ledger::current().open("file")));
        fallible("write").await.ok();
        drop(slow);
    });
}

#[test]
fn so_is_that_of_a_cancellation() {
    finds(
        By::All,
        async || {
            let entry = Arc::new(Ledger::current().open("file"));
            let at_the_end = Arc::clone(&entry);
            let close = OnDrop::new(move || {
                tokio::spawn(async move {
                    sleep(Duration::from_secs(1)).await;
                    entry.close();
                });
            });
            fallible("write").await.ok();
            close.forget();
            at_the_end.close();
        },
        "leaks when cancelled at await #1 and main returns right behind drain\nstill open: file #1",
    );
}
