use std::collections::VecDeque;

use tokio::runtime::Handle;

use super::handed_over::HandedOver;
use super::report;
use super::tracker::{CleanupTracker, Dropper};

/// Hands a cleanup to a task on the current runtime; without one, the cleanup is dropped, which calls the
/// forgotten-guard hook.
pub(crate) fn hand_over(cleanup: HandedOver) {
    let Ok(handle) = Handle::try_current() else {
        drop(cleanup);
        return;
    };
    report::handed_over(&cleanup.task);
    CleanupTracker::current().accept(cleanup, &handle);
}

impl CleanupTracker {
    fn accept(&self, cleanup: HandedOver, handle: &Handle) {
        let dropper = Dropper::current(handle);
        // From before it is outstanding, so that a drain never sees a cleanup that it cannot wait for.
        let _task_to_come = self.shared.tasks.token();
        let mut state = self.state();
        let number = state.next_number;
        state.next_number += 1;
        state.outstanding.insert(number, cleanup.task);
        if let Some(queue) = state.queues.get_mut(&dropper) {
            queue.push_back((number, cleanup));
            return;
        }
        state
            .queues
            .insert(dropper, VecDeque::from([(number, cleanup)]));
        // A runtime that is shutting down drops the worker at once, which locks the state again.
        drop(state);
        let worker = Worker {
            tracker: self.clone(),
            dropper,
            done: false,
        };
        self.shared
            .tasks
            .spawn_on(self.scope(worker.work()), handle);
    }
}

/// Runs the cleanups of one queue in the order in which they were handed over.
struct Worker {
    tracker: CleanupTracker,
    dropper: Dropper,
    done: bool,
}

impl Worker {
    async fn work(mut self) {
        while let Some((number, cleanup)) = self.next() {
            let ending = Ending {
                tracker: self.tracker.clone(),
                number,
            };
            let result = cleanup.run().await;
            ending.record(result);
        }
    }

    fn next(&mut self) -> Option<(u64, HandedOver)> {
        let mut state = self.tracker.state();
        let next = state.queues.get_mut(&self.dropper)?.pop_front();
        if next.is_none() {
            // Under the same lock as the look: whoever comes next starts a new worker.
            state.queues.remove(&self.dropper);
            self.done = true;
        }
        next
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        // Dropped by a runtime that shuts down: each cleanup left ends in the forgotten-guard hook.
        let left = self.tracker.state().queues.remove(&self.dropper);
        let endings: Vec<Ending> = left
            .iter()
            .flatten()
            .map(|(number, _)| Ending {
                tracker: self.tracker.clone(),
                number: *number,
            })
            .collect();
        drop(left);
        drop(endings);
    }
}

/// Records how a cleanup ended, also when its task never gets to its end.
struct Ending {
    tracker: CleanupTracker,
    number: u64,
}

impl Ending {
    fn record(self, result: Result<(), String>) {
        self.tracker.ended(self.number, result);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        // Does nothing once `record` has been called.
        self.tracker.ended(
            self.number,
            Err("abandoned: the runtime shut down".to_owned()),
        );
    }
}
