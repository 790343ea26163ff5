//! What Tokio does by itself with blocking work.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinHandle, spawn_blocking};

const MOMENT: Duration = Duration::from_millis(100);

/// A runtime with one thread for blocking work.
fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    let builder = builder.worker_threads(1).max_blocking_threads(2);
    builder.build().expect("a runtime starts")
}

/// Blocking work that has begun, waits for the sender, and then tells the receiver.
fn begun() -> (JoinHandle<()>, Sender<()>, Receiver<()>) {
    let ((begin, begun), (go_on, gate), (tell, told)) = (channel(), channel::<()>(), channel());
    let task = spawn_blocking(move || {
        let _ = begin.send(());
        let _ = gate.recv();
        let _ = tell.send(());
    });
    begun.recv().expect("it begins");
    (task, go_on, told)
}

#[test]
fn work_that_runs_goes_on_when_its_handle_is_aborted_and_dropped() {
    runtime().block_on(async {
        let (task, go_on, told) = begun();
        task.abort();
        drop(go_on);
        task.await.expect("it ends by itself");
        told.recv().expect("it has gone on");

        let (task, go_on, told) = begun();
        drop(task);
        drop(go_on);
        told.recv().expect("it has gone on");
    });
}

#[tokio::test]
#[should_panic(expected = "polled after completion")]
async fn handle_that_has_ended_panics_when_it_is_awaited_again() {
    let mut task = spawn_blocking(|| ());
    (&mut task).await.expect("it ends");
    let _ = task.await;
}

#[test]
fn work_that_waits_for_a_thread_is_aborted() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .build()
        .expect("a runtime starts");
    runtime.block_on(async {
        let (_running, go_on, _told) = begun();
        let waiting = spawn_blocking(|| ());
        waiting.abort();
        drop(go_on);
        assert!(waiting.await.expect_err("it never runs").is_cancelled());
    });
}

#[test]
fn runtime_that_is_dropped_waits_for_work_that_runs() {
    let runtime = runtime();
    let (_, go_on, told) = runtime.block_on(async { begun() });
    let dropping = thread::spawn(move || drop(runtime));
    thread::sleep(MOMENT);
    assert!(!dropping.is_finished());
    drop(go_on);
    dropping.join().expect("it ends");
    told.try_recv().expect("it has ended before");
}

#[test]
fn runtime_that_is_shut_down_in_the_background_waits_for_nothing() {
    let runtime = runtime();
    let (_task, go_on, told) = runtime.block_on(async { begun() });
    runtime.shutdown_background();
    told.try_recv().expect_err("it still runs");
    drop(go_on);
    told.recv().expect("it goes on");
}

#[test]
fn runtime_whose_shutdown_has_a_timeout_leaves_the_work_running() {
    let runtime = runtime();
    let (_task, go_on, told) = runtime.block_on(async { begun() });
    runtime.shutdown_timeout(MOMENT);
    told.try_recv().expect_err("it still runs");
    drop(go_on);
    told.recv().expect("it goes on");
}
