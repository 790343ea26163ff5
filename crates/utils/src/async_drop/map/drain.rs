use std::collections::{HashMap, hash_map};
use std::fmt::Debug;
use std::hash::Hash;
use std::mem;

use super::super::guard::AsyncDropGuard;

/// Hands out the values of a map, and gives back to the map what it has not handed out.
pub(crate) struct Drain<'a, K: Eq + Hash, V: Debug> {
    map: &'a mut HashMap<K, AsyncDropGuard<V>>,
    rest: hash_map::IntoIter<K, AsyncDropGuard<V>>,
}

impl<'a, K: Eq + Hash, V: Debug> Drain<'a, K, V> {
    pub(crate) fn of(map: &'a mut HashMap<K, AsyncDropGuard<V>>) -> Self {
        Self {
            rest: mem::take(map).into_iter(),
            map,
        }
    }
}

impl<K: Eq + Hash, V: Debug> Iterator for Drain<'_, K, V> {
    type Item = (K, AsyncDropGuard<V>);

    fn next(&mut self) -> Option<Self::Item> {
        self.rest.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rest.size_hint()
    }
}

impl<K: Eq + Hash, V: Debug> ExactSizeIterator for Drain<'_, K, V> {}

impl<K: Eq + Hash, V: Debug> Drop for Drain<'_, K, V> {
    fn drop(&mut self) {
        self.map.extend(self.rest.by_ref());
    }
}
