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
    state: State,
    /// The task on whose behalf: a `LocalSet` in a body polls other tasks, and these are no part of the scope. Nobody asks at the root.
    task: Option<task::Id>,
}

/// What a frame is, in one byte.
#[derive(Clone, Copy)]
struct State(u8);

#[derive(Clone, Copy, PartialEq)]
pub(super) enum FrameKind {
    /// No scope.
    Root = 0,
    /// A body is polled: what is handed over starts at once, and its scope waits for it.
    Body = 1,
    /// A scope is dropped, and its body is going: what is handed over is kept in order until all of the scope is gone.
    Inside = 2,
    /// … and its own values are going.
    Own = 3,
}

impl State {
    const ROOT: Self = Self::of(FrameKind::Root);
    const KIND: u8 = 3;
    /// What is dropped now is held by a scope, which is made for being cancelled.
    const IS_HELD: u8 = 4;
    /// There is an entry for it in `Local::bodies`.
    const HAS_ENTRY: u8 = 8;

    const fn of(kind: FrameKind) -> Self {
        Self(kind as u8)
    }

    const fn with(self, flag: u8, is_set: bool) -> Self {
        Self(self.0 | if is_set { flag } else { 0 })
    }

    const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    const fn kind(self) -> FrameKind {
        match self.0 & Self::KIND {
            0 => FrameKind::Root,
            1 => FrameKind::Body,
            2 => FrameKind::Inside,
            _ => FrameKind::Own,
        }
    }
}

/// The state of the innermost frame, and how much has happened on this thread that no cancellation does half-way: in one word, since
/// each poll of a body changes both, twice.
#[derive(Clone, Copy)]
struct Now(u64);

impl Now {
    const ACTIVITY: u64 = 1 << 8;

    fn state(self) -> State {
        #[allow(clippy::cast_possible_truncation, reason = "the lowest byte is meant")]
        State(self.0 as u8)
    }

    fn with_state(self, state: State) -> Self {
        Self(self.0 & !(Self::ACTIVITY - 1) | u64::from(state.0))
    }

    fn after_activity(self) -> Self {
        Self(self.0.wrapping_add(Self::ACTIVITY))
    }
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
    static NOW: Cell<Now> = const { Cell::new(Now(State::ROOT.0 as u64)) };
    static TASK: Cell<Option<task::Id>> = const { Cell::new(None) };
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
    NOW.set(NOW.get().after_activity());
}

pub(super) fn activity() -> u64 {
    NOW.get().0 / Now::ACTIVITY
}

impl Frame {
    #[inline]
    fn innermost() -> Self {
        Self {
            state: NOW.get().state(),
            task: TASK.get(),
        }
    }

    #[inline]
    fn of_this_task(state: State) -> Self {
        Self {
            state,
            task: task::try_id(),
        }
    }

    #[inline]
    fn become_innermost(self) {
        set_state(self.state);
        TASK.set(self.task);
    }
}

fn set_state(state: State) {
    NOW.set(NOW.get().with_state(state));
}

/// The state of the innermost frame, if it is that of the task that runs.
fn current() -> State {
    let frame = Frame::innermost();
    if frame.state.kind() == FrameKind::Root || frame.task == task::try_id() {
        frame.state
    } else {
        State::ROOT
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
        let state = State::of(FrameKind::Body).with(State::HAS_ENTRY, has_entry);
        let outer = Frame::innermost();
        TASK.set(task::try_id());
        NOW.set(NOW.get().after_activity().with_state(state));
        Self { outer, inner }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        let now = NOW.get();
        if self.outer.state.kind() != FrameKind::Root {
            TASK.set(self.outer.task);
        }
        NOW.set(now.after_activity().with_state(self.outer.state));
        if now.state().has(State::HAS_ENTRY) {
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
    let state = current();
    if state.kind() != FrameKind::Body {
        return None;
    }
    with_local(|local| {
        if !state.has(State::HAS_ENTRY) {
            local.bodies.push(InnerEnded::new(Arc::default()));
            set_state(state.with(State::HAS_ENTRY, true));
        }
        local.bodies.last().map(|inner| look(inner.pending()))
    })
    .flatten()
}

/// Has the scope whose body is polled wait until what this returns is dropped.
pub(crate) fn adopted() -> Option<Adopted> {
    with_pending(Pending::adopt)
}

pub(super) fn set_limit(limit: Duration) -> bool {
    with_pending(|pending| pending.set_limit(limit)).is_some()
}

/// Begins to keep what is handed over; [`end`] ends it. Says whether it has.
pub(super) fn begin(kind: FrameKind, is_held: bool, before: Option<Arc<Pending>>) -> bool {
    let outer = Frame::innermost();
    let left = Left {
        before,
        ..Left::default()
    };
    if with_local(|local| local.left.push((outer, left))).is_none() {
        return false;
    }
    let state = State::of(kind).with(State::IS_HELD, is_held);
    Frame::of_this_task(state).become_innermost();
    true
}

/// From now on, it is the scope's own values that are dropped.
pub(super) fn go_on_with_own() {
    set_state(State::of(FrameKind::Own).with(State::IS_HELD, true));
}

/// Ends what [`begin`] has begun, and gives what is left to do.
pub(super) fn end() -> Option<Work> {
    let (outer, left) = with_local(|local| local.left.pop()).flatten()?;
    outer.become_innermost();
    left.into_work()
}

/// Says whether what is dropped now is held by a scope.
pub(crate) fn is_held() -> bool {
    current().has(State::IS_HELD)
}

/// The kind of the frame that what is handed over now belongs to.
pub(super) fn kind() -> FrameKind {
    current().kind()
}

/// Looks at what is kept for the scope that is being dropped.
pub(super) fn with_left(look: impl FnOnce(&mut Left)) {
    with_local(|local| {
        if let Some((_, left)) = local.left.last_mut() {
            look(left);
        }
    });
}
