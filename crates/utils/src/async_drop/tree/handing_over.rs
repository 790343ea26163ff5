use tokio::runtime::Handle;

use super::event;
use super::frame::{self, FrameKind};
use super::item::{Cleanup, Item, Work};
use super::together::Together;

/// How something that is handed over stands to the rest of its cancellation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    /// A guard outside of a scope of its own: it waits for all that was handed over before.
    Bare,
    /// It is a scope's own, wherever it is dropped.
    Own,
    /// It waits for nobody: it has begun already, or it is a scope beside others.
    AtOnce,
    /// The body of the scope that is dropped has given it: it waits for the scope's own.
    Given,
}

/// Hands `cleanup` to the scope that is dropped, or else to a task, for which the scope that is polled waits.
pub(crate) fn submit(cleanup: Cleanup, place: Place, handle: &Handle) {
    pass_on(Work::Cleanup(cleanup), place, handle);
}

fn pass_on(work: Work, place: Place, handle: &Handle) {
    let kind = frame::kind();
    let is_last = place == Place::Bare;
    let mut work = Some(work);
    if matches!(kind, FrameKind::Inside | FrameKind::Own) {
        frame::with_left(|left| {
            let is_own = place == Place::Own || kind == FrameKind::Own && place == Place::Bare;
            let Some(work) = work.take() else { return };
            if place == Place::Given {
                left.given = Some(work);
            } else if is_own {
                left.own.push(work);
            } else {
                left.inside.push(Item {
                    is_last,
                    work,
                    adopted: None,
                });
            }
        });
    }
    if let Some(work) = work {
        let item = Item {
            is_last,
            work,
            adopted: frame::adopted(),
        };
        event::submit(item, handle);
    }
}

/// Ends what [`frame::begin`] has begun: passes on what there is to do.
pub(super) fn end(place: Place) {
    // Without a runtime the work is dropped here, which calls the forgotten-guard hook.
    if let (Some(work), Ok(handle)) = (frame::end(), Handle::try_current()) {
        pass_on(work, place, &handle);
    }
}

/// Runs `drop_them`, and makes one thing of all that it hands over: concurrent, or in the order of the drops.
pub(crate) fn together(how: Together, drop_them: impl FnOnce()) {
    let kind = match how {
        Together::Concurrently => FrameKind::Own,
        Together::InOrder => FrameKind::Inside,
    };
    as_one(kind, frame::is_held(), Place::Bare, drop_them);
}

/// Runs `drop_it`, which drops what the body of the scope that is dropped has given.
pub(super) fn given(drop_it: impl FnOnce()) {
    as_one(FrameKind::Inside, false, Place::Given, drop_it);
}

fn as_one(kind: FrameKind, is_held: bool, place: Place, drop_them: impl FnOnce()) {
    struct Ended(Place);

    impl Drop for Ended {
        fn drop(&mut self) {
            end(self.0);
        }
    }

    let _ended = frame::begin(kind, is_held, None).then(|| Ended(place));
    drop_them();
}
