use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::runtime::{self, Handle};
use tokio::task;

use super::frame;
use super::item::Item;
use super::queue::Queue;
use super::stage::Stage;

/// The cancellation that a thread has seen last.
///
/// A cancellation drops its values in one go, on one thread, on behalf of one task; in between, nothing of this library is
/// polled there and no guard is made.
struct Event {
    moment: Moment,
    queue: Arc<Queue<Item>>,
}

thread_local! {
    static LAST: RefCell<Option<Event>> = const { RefCell::new(None) };
}

/// `None` when the thread is ending.
fn with_last<R>(look: impl FnOnce(&mut Option<Event>) -> R) -> Option<R> {
    LAST.try_with(|last| look(&mut last.borrow_mut())).ok()
}

#[derive(Clone, Copy, PartialEq)]
struct Moment {
    activity: u64,
    task: Option<task::Id>,
    runtime: runtime::Id,
}

/// Gives `item` to the task that sees to this cancellation, or starts that task.
pub(super) fn submit(item: Item, handle: &Handle) {
    let moment = Moment {
        activity: frame::activity(),
        task: task::try_id(),
        runtime: handle.id(),
    };
    let under_way = with_last(|last| {
        let event = last.as_ref().filter(|event| event.moment == moment);
        event.map(|event| Arc::clone(&event.queue))
    });
    let item = match under_way.flatten() {
        Some(queue) => match queue.push(item) {
            Ok(()) => return,
            Err(item) => item,
        },
        None => item,
    };
    let queue = Arc::new(Queue::with(item));
    let event = Event {
        moment,
        queue: Arc::clone(&queue),
    };
    drop(with_last(|last| last.replace(event)));
    // A runtime that is shutting down drops it at once.
    drop(handle.spawn(Worker {
        queue,
        stage: Stage::new([]),
    }));
}

/// The task that sees to one cancellation.
struct Worker {
    queue: Arc<Queue<Item>>,
    stage: Stage,
}

impl Future for Worker {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        frame::acts();
        let this = self.get_mut();
        loop {
            this.stage.add(this.queue.take(context.waker()));
            if this.stage.poll(context).is_pending() {
                return Poll::Pending;
            }
            if this.queue.close_if_empty() {
                return Poll::Ready(());
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Dropped by a runtime that shuts down: what is left ends in the forgotten-guard hook.
        drop(self.queue.close());
    }
}
