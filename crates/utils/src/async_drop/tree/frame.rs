//! Which scope is polled or dropped on this thread, and what it is handed meanwhile.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use tokio::task;

use super::inner::InnerEnded;
use super::item::{Left, Work};
use super::pending::{Adopted, Pending};

#[derive(Clone, Copy)]
struct Frame {
    kind: FrameKind,
    /// The task on whose behalf: a `LocalSet` in a body polls other tasks, and these are no part of the scope.
    task: Option<task::Id>,
    /// What is dropped now is held by a scope, which is made for being cancelled.
    is_held: bool,
    /// There is an entry for it in `Local::bodies`.
    has_entry: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum FrameKind {
    /// No scope.
    Root,
    /// A body is polled: what is handed over starts at once, and its scope waits for it.
    Body,
    /// A scope is dropped, and its body is going: what is handed over is kept in order until all of the scope is gone.
    Inside,
    /// … and its own values are going.
    Own,
}

impl Frame {
    const ROOT: Self = Self {
        kind: FrameKind::Root,
        task: None,
        is_held: false,
        has_entry: false,
    };
}

#[derive(Default)]
struct Local {
    /// One for each frame of kind `Inside` or `Own`.
    left: Vec<(Frame, Left)>,
    /// One for each frame of kind `Body` that has been handed something.
    bodies: Vec<InnerEnded>,
}

thread_local! {
    // Without destructors, so that looking at them costs a load.
    static FRAME: Cell<Frame> = const { Cell::new(Frame::ROOT) };
    static ACTIVITY: Cell<u64> = const { Cell::new(0) };
    static LOCAL: RefCell<Local> = const {
        RefCell::new(Local {
            left: Vec::new(),
            bodies: Vec::new(),
        })
    };
}

/// `None` when the thread is ending.
fn with_local<R>(look: impl FnOnce(&mut Local) -> R) -> Option<R> {
    LOCAL.try_with(|local| look(&mut local.borrow_mut())).ok()
}

/// Notes that something happens on this thread that no cancellation does half-way.
pub(crate) fn acts() {
    ACTIVITY.set(ACTIVITY.get().wrapping_add(1));
}

pub(super) fn activity() -> u64 {
    ACTIVITY.get()
}

/// The innermost frame, if it is that of the task that runs.
fn current() -> Frame {
    let frame = FRAME.get();
    if frame.kind == FrameKind::Root || frame.task == task::try_id() {
        frame
    } else {
        Frame::ROOT
    }
}

/// While it lives, a body is polled (or the future of a task that a group has adopted is dropped).
pub(crate) struct Entered<'a> {
    outer: Frame,
    inner: &'a mut Option<InnerEnded>,
}

impl<'a> Entered<'a> {
    #[inline]
    pub(crate) fn body(inner: &'a mut Option<InnerEnded>) -> Self {
        let has_entry = inner.is_some() && put_entry(inner);
        let frame = Frame {
            kind: FrameKind::Body,
            task: task::try_id(),
            is_held: false,
            has_entry,
        };
        acts();
        Self {
            outer: FRAME.replace(frame),
            inner,
        }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        let frame = FRAME.replace(self.outer);
        acts();
        if frame.has_entry {
            *self.inner = take_entry();
        }
    }
}

#[cold]
fn put_entry(inner: &mut Option<InnerEnded>) -> bool {
    with_local(|local| local.bodies.extend(inner.take())).is_some()
}

#[cold]
fn take_entry() -> Option<InnerEnded> {
    with_local(|local| local.bodies.pop()).flatten()
}

/// Looks at what the body that is polled has handed over, if a body is.
fn with_pending<R>(look: impl FnOnce(&Arc<Pending>) -> R) -> Option<R> {
    let mut frame = current();
    if frame.kind != FrameKind::Body {
        return None;
    }
    with_local(|local| {
        if !frame.has_entry {
            local.bodies.push(InnerEnded::new(Arc::default()));
            frame.has_entry = true;
            FRAME.set(frame);
        }
        local.bodies.last().map(|inner| look(inner.pending()))
    })
    .flatten()
}

/// Has the scope whose body is polled wait until what this returns is dropped.
pub(super) fn adopted() -> Option<Adopted> {
    with_pending(Pending::adopt)
}

pub(super) fn set_limit(limit: Duration) -> bool {
    with_pending(|pending| pending.set_limit(limit)).is_some()
}

/// Begins to keep what is handed over; [`end`] ends it. Says whether it has.
pub(super) fn begin(kind: FrameKind, is_held: bool, before: Option<Arc<Pending>>) -> bool {
    let outer = FRAME.get();
    let left = Left {
        before,
        ..Left::default()
    };
    if with_local(|local| local.left.push((outer, left))).is_none() {
        return false;
    }
    FRAME.set(Frame {
        kind,
        task: task::try_id(),
        is_held,
        has_entry: false,
    });
    true
}

/// From now on, it is the scope's own values that are dropped.
pub(super) fn go_on_with_own() {
    let mut frame = FRAME.get();
    frame.kind = FrameKind::Own;
    frame.is_held = true;
    FRAME.set(frame);
}

/// Ends what [`begin`] has begun, and gives what is left to do.
pub(super) fn end() -> Option<Work> {
    let (outer, left) = with_local(|local| local.left.pop()).flatten()?;
    FRAME.set(outer);
    left.into_work()
}

/// Says whether what is dropped now is held by a scope.
pub(crate) fn is_held() -> bool {
    current().is_held
}

/// The kind of the frame that what is handed over now belongs to.
pub(super) fn kind() -> FrameKind {
    current().kind
}

/// Looks at what is kept for the scope that is being dropped.
pub(super) fn with_left(look: impl FnOnce(&mut Left)) {
    with_local(|local| {
        if let Some((_, left)) = local.left.last_mut() {
            look(left);
        }
    });
}
