//! What Tokio does by itself with local tasks.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{LocalSet, spawn_local, yield_now};
use tokio::time::sleep;

fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime starts")
}

/// A local task that ends in a moment, and the flag that it sets then.
fn task() -> (Rc<Cell<bool>>, impl Future<Output = ()> + 'static) {
    let ended = Rc::new(Cell::new(false));
    let end = Rc::clone(&ended);
    let task = async move {
        sleep(Duration::from_millis(20)).await;
        end.set(true);
    };
    (ended, task)
}

#[test]
fn set_that_has_run_its_future_leaves_the_tasks_where_they_stand() {
    let (ended, task) = task();
    let set = LocalSet::new();
    set.block_on(&runtime(), async {
        spawn_local(task);
        yield_now().await;
    });
    assert!(!ended.get(), "it has begun");
    drop(set);
    assert_eq!(Rc::strong_count(&ended), 1, "it is cut off");
}

#[test]
fn set_that_is_awaited_runs_its_tasks_to_their_end() {
    let (ended, task) = task();
    let set = LocalSet::new();
    set.spawn_local(task);
    runtime().block_on(set);
    assert!(ended.get());
}

#[test]
#[should_panic(expected = "`spawn_local` called from outside of a `task::LocalSet`")]
fn local_task_outside_of_a_set_panics() {
    runtime().block_on(async {
        spawn_local(async {});
    });
}
