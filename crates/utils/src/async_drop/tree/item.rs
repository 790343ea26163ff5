use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::super::guard::contained;
use super::super::reported::only_reported_if;
use super::pending::{Adopted, Pending};

/// A cleanup that ends without a panic, and is dropped without one.
pub(crate) struct Cleanup(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Cleanup {
    /// `future` must not panic when it is polled.
    pub(crate) fn new(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Some(Box::pin(future)))
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Some(future) => only_reported_if(true, || future.as_mut().poll(context)),
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        let future = self.0.take();
        // A runtime that shuts down drops it, and a hook that panics then must not take the others along.
        contained(|| drop(future));
    }
}

pub(super) enum Work {
    Cleanup(Cleanup),
    /// What a scope still waited for when it was dropped.
    Inner(Arc<Pending>),
    Tree(Tree),
}

/// One thing that a cancellation leaves to do.
pub(super) struct Item {
    /// It waits for everything that the same cancellation handed over before, as a local waits for those declared after it.
    pub(super) is_last: bool,
    pub(super) work: Work,
    pub(super) adopted: Option<Adopted>,
}

impl Item {
    fn at_once(work: Work) -> Self {
        Self {
            is_last: false,
            work,
            adopted: None,
        }
    }
}

/// Stages, each of which begins when the one before has ended.
///
/// A list and no tree as long as scopes nest in a line: it is as long as they are deep, and polled in one step.
pub(super) struct Tree {
    pub(super) stages: Vec<Vec<Item>>,
    pub(super) last: Option<Box<Limited>>,
}

/// A last stage that waits for the others no longer than `limit`.
pub(super) struct Limited {
    pub(super) stage: Vec<Item>,
    pub(super) limit: Duration,
}

/// What a scope leaves to do that was dropped, while it is being dropped.
#[derive(Default)]
pub(super) struct Left {
    /// What its body handed over, in the order of the drops.
    pub(super) inside: Vec<Item>,
    /// What it cleans up itself.
    pub(super) own: Own,
    /// What is in that which its body has given.
    pub(super) given: Option<Work>,
    /// What its body handed over while it still ran.
    pub(super) before: Option<Arc<Pending>>,
}

/// What a scope cleans up itself; most have one value, for which nothing is allocated.
#[derive(Default)]
pub(super) struct Own {
    first: Option<Work>,
    others: Vec<Work>,
}

impl Own {
    pub(super) fn push(&mut self, work: Work) {
        if self.first.is_none() {
            self.first = Some(work);
        } else {
            self.others.push(work);
        }
    }

    fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    fn into_items(self) -> Vec<Item> {
        let all = self.first.into_iter().chain(self.others);
        all.map(Item::at_once).collect()
    }

    /// With `given` behind all of it.
    fn followed_by(self, given: Option<Work>) -> Self {
        let Some(given) = given else {
            return self;
        };
        let first = if self.is_empty() {
            given
        } else {
            Work::Tree(Tree {
                stages: vec![self.into_items(), vec![Item::at_once(given)]],
                last: None,
            })
        };
        Self {
            first: Some(first),
            others: Vec::new(),
        }
    }
}

impl Left {
    /// Makes one piece of work of it; `None` when there is nothing to do.
    pub(super) fn into_work(mut self) -> Option<Work> {
        let limit = self.before.as_ref().and_then(|before| before.limit());
        if let Some(before) = self.before.filter(|before| !before.has_ended()) {
            // Behind the bare guards of the body, which wait for nothing of an earlier cancellation.
            self.inside.push(Item::at_once(Work::Inner(before)));
        }
        let own = self.own.followed_by(self.given);
        if self.inside.is_empty() && own.others.is_empty() {
            return own.first;
        }
        let tree = in_a_line(self.inside);
        if own.is_empty() {
            return Some(Work::Tree(tree));
        }
        let own = own.into_items();
        let mut stages = tree.into_stages();
        let last = match limit {
            Some(limit) => Some(Box::new(Limited { stage: own, limit })),
            None => {
                stages.push(own);
                None
            }
        };
        Some(Work::Tree(Tree { stages, last }))
    }
}

impl Tree {
    /// Stages without a limit, of which it may be one.
    fn into_stages(mut self) -> Vec<Vec<Item>> {
        if self.last.is_none() {
            return mem::take(&mut self.stages);
        }
        vec![vec![Item::at_once(Work::Tree(self))]]
    }
}

/// Goes on with the stages of a tree when all else waits for it, and takes a stage of its own otherwise.
fn in_a_line(mut inside: Vec<Item>) -> Tree {
    let is_line = matches!(inside.first(), Some(Item { work: Work::Tree(tree), .. }) if tree.last.is_none())
        && inside.iter().skip(1).all(|item| item.is_last);
    if !is_line {
        let stages = if inside.is_empty() {
            Vec::new()
        } else {
            vec![inside]
        };
        return Tree { stages, last: None };
    }
    let rest = inside.split_off(1);
    let Some(Work::Tree(mut tree)) = inside.pop().map(|item| item.work) else {
        unreachable!("it has just been looked at");
    };
    if !rest.is_empty() {
        tree.stages.push(rest);
    }
    tree
}
