use async_drop_utils::{AsyncDropDeferred, AsyncDropStack, Held};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::books::{
    Ending, Failure, Id, Resource, Spec, balanced, cancel_after, config, ending, polls, spec,
};

#[derive(Debug, Clone)]
enum Op {
    Push(Spec),
    Defer(Spec),
    Take(Index, Ending),
    TakeAll,
    Cancel(u8),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => spec().prop_map(Op::Push),
        2 => spec().prop_map(Op::Defer),
        2 => (any::<Index>(), ending()).prop_map(|(member, ending)| Op::Take(member, ending)),
        1 => Just(Op::TakeAll),
        1 => polls().prop_map(Op::Cancel),
    ]
}

enum Member {
    Resource(Held<Resource>),
    Closure(Held<AsyncDropDeferred<Failure>>),
}

impl Member {
    fn is_held(&self, stack: &AsyncDropStack<Failure>) -> bool {
        match self {
            Self::Resource(held) => stack.get(held).is_some(),
            Self::Closure(held) => stack.get(held).is_some(),
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_stack_unwinds_once_and_in_order_what_has_not_left_it(
        cancel_safe: bool,
        ops in prop::collection::vec(op(), 0..20),
        last in ending(),
    ) {
        balanced(cancel_safe, async |books| {
            let mut stack = AsyncDropStack::<Failure>::new();
            let mut model: Vec<(Id, Member)> = Vec::new();
            // What the stack itself has closed, in order.
            let mut unwound = Vec::new();
            let first_failed = |ids: &[Id]| ids.iter().copied().find(|id| books.spec(*id).fails);
            // Meanwhile, cleanup tasks close what has left the stack.
            let closed_since = |before: usize, model: &[(Id, Member)]| {
                let mut closed = books.closed().split_off(before);
                closed.retain(|closed| model.iter().any(|(id, _)| id == closed));
                closed
            };
            for op in ops {
                // What comes after a cancelled cleanup waits until that has been finished.
                let top = match model.last() {
                    Some((_, member)) if !member.is_held(&stack) => model.len() - 1,
                    _ => model.len(),
                };
                match op {
                    Op::Push(spec) => {
                        let guard = books.open(spec);
                        let id = guard.id;
                        model.insert(top, (id, Member::Resource(stack.push(guard))));
                    }
                    Op::Defer(spec) => {
                        let id = books.enter_closure(spec);
                        let books = books.clone();
                        let held = stack.defer(async move || books.close(id).await);
                        model.insert(top, (id, Member::Closure(held)));
                    }
                    Op::Take(..) if model.is_empty() => {}
                    Op::Take(index, ending) => match model.remove(index.index(model.len())) {
                        (_, Member::Resource(held)) if stack.get(&held).is_some() => {
                            books.end(stack.take(held), ending).await;
                        }
                        (id, Member::Closure(held)) if stack.get(&held).is_some() => {
                            stack.dismiss(held);
                            books.dismiss(id);
                        }
                        // Its cleanup is under way: it is on top, and nobody can take it.
                        under_way => {
                            assert_eq!(model.len() + 1, stack.len());
                            model.push(under_way);
                        }
                    },
                    Op::TakeAll => {
                        let all = stack.take_all();
                        assert!(stack.is_empty());
                        books.returned(stack.async_drop().await);
                        stack = all;
                    }
                    Op::Cancel(polls) => {
                        let before = books.closed().len();
                        let done = cancel_after(polls, stack.async_drop()).await;
                        for id in closed_since(before, &model) {
                            let top = model.pop().map(|(id, _)| id);
                            assert_eq!(top, Some(id), "last in, first out");
                            unwound.push(id);
                        }
                        if let Some(result) = done {
                            assert!(model.is_empty());
                            assert_eq!(result.err().map(|failure| failure.0), first_failed(&unwound));
                            return books.returned(result);
                        }
                    }
                }
                assert_eq!(stack.len(), model.len());
            }
            let before = books.closed().len();
            books.end(stack, last).await;
            // Handed over to a task, it keeps the order.
            for _ in 0..10_000 {
                if closed_since(before, &model).len() == model.len() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            let expected: Vec<Id> = model.iter().rev().map(|(id, _)| *id).collect();
            assert_eq!(closed_since(before, &model), expected, "last in, first out");
        });
    }
}
