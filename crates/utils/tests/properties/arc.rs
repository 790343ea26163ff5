use async_drop_utils::AsyncDropArc;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::books::{Failure, Spec, balanced, cancel_after, config, ending, polls, spec};

#[derive(Debug, Clone)]
enum Op {
    Clone(Index),
    CleanUp(Index),
    Cancel(Index, u8),
    IntoInner(Index),
    /// Of cancel-safe guards only.
    Drop(Index),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => any::<Index>().prop_map(Op::Clone),
        1 => any::<Index>().prop_map(Op::CleanUp),
        2 => (any::<Index>(), polls()).prop_map(|(owner, polls)| Op::Cancel(owner, polls)),
        1 => any::<Index>().prop_map(Op::IntoInner),
        1 => any::<Index>().prop_map(Op::Drop),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_arc_is_cleaned_up_once_by_its_last_owner(
        cancel_safe: bool,
        spec in spec(),
        ops in prop::collection::vec(op(), 0..20),
        last in ending(),
    ) {
        balanced(cancel_safe, async |books| {
            let mut owners = vec![AsyncDropArc::new(books.open(spec))];
            let outcome = |was_last: bool| match spec {
                Spec { fails: true, .. } if was_last => Err(Failure(0)),
                _ => Ok(()),
            };
            for op in ops {
                let owner = |index: Index| index.index(owners.len());
                match op {
                    Op::Clone(index) => owners.push(AsyncDropArc::clone(&owners[owner(index)])),
                    Op::CleanUp(index) => {
                        let mut guard = owners.swap_remove(owner(index));
                        let result = guard.async_drop().await;
                        assert!(guard.is_dropped());
                        assert_eq!(result, outcome(owners.is_empty()));
                        books.returned(result);
                    }
                    Op::Cancel(index, polls) => {
                        let owner = owner(index);
                        let cancelled = cancel_after(polls, owners[owner].async_drop()).await;
                        assert_eq!(cancelled.is_some(), owners[owner].is_dropped());
                        if let Some(result) = cancelled {
                            drop(owners.swap_remove(owner));
                            assert_eq!(result, outcome(owners.is_empty()));
                            books.returned(result);
                        }
                    }
                    Op::IntoInner(index) => {
                        let guard = owners.swap_remove(owner(index));
                        let inner = AsyncDropArc::into_inner(guard);
                        assert_eq!(inner.is_some(), owners.is_empty());
                        if let Some(inner) = inner {
                            books.end(inner, last).await;
                        }
                    }
                    Op::Drop(index) if cancel_safe => drop(owners.swap_remove(owner(index))),
                    Op::Drop(_) => {}
                }
                let Some(first) = owners.first() else {
                    return;
                };
                assert_eq!(AsyncDropArc::strong_count(first), owners.len());
            }
            for owner in owners {
                books.end(owner, last).await;
            }
        });
    }
}
