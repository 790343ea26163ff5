use std::collections::HashMap;

use async_drop_utils::AsyncDropHashMap;
use proptest::prelude::*;

use crate::books::{Ending, Id, Spec, balanced, cancel_after, config, ending, polls, spec};

#[derive(Debug, Clone)]
enum Op {
    TryInsert(u8, Spec, Ending),
    Remove(u8, Ending),
    CleanUpInside(u8),
    /// Takes that many out of a drain, and drops it.
    Drain(usize, Ending),
    Cancel(u8),
}

fn op() -> impl Strategy<Value = Op> {
    let key = || 0..6_u8;
    prop_oneof![
        4 => (key(), spec(), ending()).prop_map(|(key, spec, taken)| Op::TryInsert(key, spec, taken)),
        2 => (key(), ending()).prop_map(|(key, ending)| Op::Remove(key, ending)),
        1 => key().prop_map(Op::CleanUpInside),
        1 => (0..3_usize, ending()).prop_map(|(count, ending)| Op::Drain(count, ending)),
        1 => polls().prop_map(Op::Cancel),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_map_cleans_up_once_what_has_not_left_it(
        cancel_safe: bool,
        ops in prop::collection::vec(op(), 0..20),
        last in ending(),
    ) {
        balanced(cancel_safe, async |books| {
            let mut map = AsyncDropHashMap::new();
            let mut model: HashMap<u8, Id> = HashMap::new();
            // What the map itself has closed, in order.
            let mut by_map = Vec::new();
            // Meanwhile, cleanup tasks close what has left the map.
            let closed_since = |before: usize, model: &HashMap<u8, Id>| {
                let mut closed = books.closed().split_off(before);
                closed.retain(|closed| model.values().any(|id| id == closed));
                closed
            };
            let first_failed = |ids: &[Id]| ids.iter().copied().find(|id| books.spec(*id).fails);
            for op in ops {
                match op {
                    Op::TryInsert(key, spec, taken) => match map.try_insert(key, books.open(spec)) {
                        Ok(guard) => assert_eq!(model.insert(key, guard.id), None),
                        Err(error) => {
                            assert_eq!(error.key, key);
                            assert!(model.contains_key(&key));
                            books.end(error.value, taken).await;
                        }
                    },
                    Op::Remove(key, ending) => {
                        let removed = map.remove(&key);
                        assert_eq!(removed.is_some(), model.remove(&key).is_some());
                        if let Some(guard) = removed {
                            books.end(guard, ending).await;
                        }
                    }
                    Op::CleanUpInside(key) => {
                        if let Some(guard) = map.get_mut(&key) {
                            books.returned(guard.async_drop().await);
                        }
                    }
                    Op::Drain(count, ending) => {
                        let drained: Vec<_> = map.drain().take(count).collect();
                        for (key, guard) in drained {
                            model.remove(&key).expect("it was in the map");
                            books.end(guard, ending).await;
                        }
                    }
                    Op::Cancel(polls) => {
                        let before = books.closed().len();
                        let done = cancel_after(polls, map.async_drop()).await;
                        by_map.extend(closed_since(before, &model));
                        if let Some(result) = done {
                            assert_eq!(result.err().map(|failure| failure.0), first_failed(&by_map));
                            return books.returned(result);
                        }
                    }
                }
                let closed = books.closed();
                assert_eq!(map.len(), model.len());
                for (key, id) in &model {
                    let guard = map.get(key).expect("it is in the map");
                    assert_eq!(guard.is_dropped(), closed.contains(id));
                    assert!(guard.is_dropped() || guard.id == *id);
                }
            }
            if let Ending::CleanUp = last {
                let before = books.closed().len();
                let result = map.async_drop().await;
                by_map.extend(closed_since(before, &model));
                assert_eq!(result.err().map(|failure| failure.0), first_failed(&by_map));
                return books.returned(result);
            }
            books.end(map, last).await;
        });
    }
}
