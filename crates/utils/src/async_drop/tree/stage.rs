use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::task::coop::poll_proceed;
use tokio::time::Sleep;

use super::frame::{self, Entered};
use super::inner::InnerEnded;
use super::item::{Cleanup, Item, Limited, Tree, Work};
use super::pending::{Adopted, Pending};
use super::report;

/// Runs items as they come: each at once, but for those that wait for all that came before.
pub(super) struct Stage {
    /// To be started, with the number of its segment.
    ready: VecDeque<(usize, Item)>,
    /// Items are numbered by segments; one that waits for all before it is the end of a segment and is run as part of the next.
    first: Segment,
    first_number: usize,
    later: VecDeque<Segment>,
    /// A single one is polled as it is, and most often there is no other.
    running: Option<Running>,
    others: Option<FuturesUnordered<Running>>,
}

#[derive(Default)]
struct Segment {
    unfinished: usize,
    then: Option<Item>,
}

impl Stage {
    pub(super) fn new(items: impl IntoIterator<Item = Item>) -> Self {
        let mut stage = Self {
            ready: VecDeque::new(),
            first: Segment::default(),
            first_number: 0,
            later: VecDeque::new(),
            running: None,
            others: None,
        };
        stage.add(items);
        stage
    }

    pub(super) fn add(&mut self, items: impl IntoIterator<Item = Item>) {
        for item in items {
            let number = self.first_number + self.later.len();
            let segment = self.later.back_mut().unwrap_or(&mut self.first);
            if item.is_last {
                segment.then = Some(item);
                self.later.push_back(Segment::default());
            } else {
                segment.unfinished += 1;
                self.ready.push_back((number, item));
            }
        }
    }

    /// Is ready when all that has been added has ended.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(running) = &mut self.running {
                if let Poll::Ready(segment) = running.poll(context) {
                    self.running = None;
                    self.ended(segment);
                }
            }
            while let Some(others) = &mut self.others {
                match others.poll_next_unpin(context) {
                    Poll::Ready(Some(segment)) => self.ended(segment),
                    Poll::Ready(None) => self.others = None,
                    Poll::Pending => break,
                }
            }
            let has_new_others = ready!(self.start_what_can(context));
            if !has_new_others {
                let is_over = self.running.is_none() && self.others.is_none();
                return if is_over {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                };
            }
            // They have to be polled where their wake-ups are seen.
        }
    }

    /// Starts what waits for nothing any more, and says whether that needs another look at the others.
    ///
    /// Pending when the task has spent its budget; it is woken then.
    fn start_what_can(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        let mut has_new_others = false;
        while let Some((segment, item)) = self.next() {
            match poll_proceed(context) {
                Poll::Ready(budget) => budget.made_progress(),
                Poll::Pending => {
                    self.ready.push_front((segment, item));
                    return Poll::Pending;
                }
            }
            let mut running = Running::start(segment, item);
            if running.poll(context).is_ready() {
                drop(running);
                self.ended(segment);
            } else if self.running.is_none() {
                self.running = Some(running);
            } else {
                self.others.get_or_insert_default().push(running);
                has_new_others = true;
            }
        }
        Poll::Ready(has_new_others)
    }

    fn next(&mut self) -> Option<(usize, Item)> {
        if let Some(next) = self.ready.pop_front() {
            return Some(next);
        }
        if self.first.unfinished > 0 {
            return None;
        }
        let item = self.first.then.take()?;
        self.first = self.later.pop_front().unwrap_or_default();
        self.first_number += 1;
        self.first.unfinished += 1;
        Some((self.first_number, item))
    }

    fn ended(&mut self, segment: usize) {
        match (segment - self.first_number).checked_sub(1) {
            None => self.first.unfinished -= 1,
            Some(place) => self.later[place].unfinished -= 1,
        }
    }
}

/// An item that has been started.
struct Running {
    segment: usize,
    work: RunningWork,
    /// Dropped after the work.
    _adopted: Option<Adopted>,
}

enum RunningWork {
    Cleanup(RunningCleanup),
    Inner(Arc<Pending>),
    Tree(Box<RunningTree>),
}

impl Running {
    fn start(segment: usize, item: Item) -> Self {
        let work = match item.work {
            Work::Cleanup(cleanup) => RunningWork::Cleanup(RunningCleanup {
                cleanup: Some(cleanup),
                inner: None,
            }),
            Work::Inner(pending) => RunningWork::Inner(pending),
            Work::Tree(tree) => RunningWork::Tree(Box::new(RunningTree::start(tree))),
        };
        Self {
            segment,
            work,
            _adopted: item.adopted,
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<usize> {
        let polled = match &mut self.work {
            RunningWork::Cleanup(cleanup) => cleanup.poll(context),
            RunningWork::Inner(pending) => pending.poll_ended(context),
            RunningWork::Tree(tree) => tree.poll(context),
        };
        polled.map(|()| self.segment)
    }
}

impl Future for Running {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<usize> {
        Running::poll(self.get_mut(), context)
    }
}

/// A cleanup, and what it hands over itself.
struct RunningCleanup {
    cleanup: Option<Cleanup>,
    inner: Option<InnerEnded>,
}

impl RunningCleanup {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(cleanup) = &mut self.cleanup {
            let entered = Entered::body(&mut self.inner);
            let polled = cleanup.poll(context);
            drop(entered);
            ready!(polled);
            self.cleanup = None;
        }
        match &mut self.inner {
            Some(inner) => inner.poll(context, frame::adopted),
            None => Poll::Ready(()),
        }
    }
}

struct RunningTree {
    stages: std::vec::IntoIter<Vec<Item>>,
    stage: Option<Stage>,
    last: Option<RunningLast>,
}

/// The last stage of a tree that has a limit, which may begin while those before go on.
struct RunningLast {
    waiting: Vec<Item>,
    stage: Option<Stage>,
    limit: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl RunningTree {
    fn start(tree: Tree) -> Self {
        Self {
            stages: tree.stages.into_iter(),
            stage: None,
            last: tree.last.map(|last| {
                let Limited { stage, limit } = *last;
                RunningLast {
                    waiting: stage,
                    stage: None,
                    limit,
                    sleep: super::inner::sleep(limit),
                }
            }),
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let stages = self.poll_stages(context);
        match &mut self.last {
            Some(last) => {
                let last = last.poll(stages.is_ready(), context);
                if stages.is_ready() {
                    last
                } else {
                    Poll::Pending
                }
            }
            None => stages,
        }
    }

    fn poll_stages(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(stage) = &mut self.stage {
                ready!(stage.poll(context));
                self.stage = None;
            }
            match self.stages.next() {
                Some(items) => self.stage = Some(Stage::new(items)),
                None => return Poll::Ready(()),
            }
        }
    }
}

impl RunningLast {
    fn poll(&mut self, may_begin: bool, context: &mut Context<'_>) -> Poll<()> {
        if self.stage.is_none() {
            if !may_begin {
                match &mut self.sleep {
                    Some(sleep) => ready!(sleep.as_mut().poll(context)),
                    None => return Poll::Pending,
                }
                report::limit_has_passed(self.limit, None);
            }
            self.sleep = None;
            self.stage = Some(Stage::new(std::mem::take(&mut self.waiting)));
        }
        match &mut self.stage {
            Some(stage) => stage.poll(context),
            None => Poll::Ready(()),
        }
    }
}
