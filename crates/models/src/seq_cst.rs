//! An atomic number whose accesses are in one order for all threads.

use loom::sync::atomic::{self, Ordering, fence};

/// Loom takes a sequentially consistent access for one that acquires and releases; between two fences it is what it says.
pub(crate) struct AtomicUsize(atomic::AtomicUsize);

impl AtomicUsize {
    pub(crate) fn new(value: usize) -> Self {
        Self(atomic::AtomicUsize::new(value))
    }

    pub(crate) fn load(&self, ordering: Ordering) -> usize {
        between_fences(ordering, || self.0.load(ordering))
    }

    pub(crate) fn fetch_add(&self, by: usize, ordering: Ordering) -> usize {
        between_fences(ordering, || self.0.fetch_add(by, ordering))
    }

    pub(crate) fn fetch_sub(&self, by: usize, ordering: Ordering) -> usize {
        between_fences(ordering, || self.0.fetch_sub(by, ordering))
    }
}

fn between_fences(ordering: Ordering, access: impl FnOnce() -> usize) -> usize {
    if ordering != Ordering::SeqCst {
        return access();
    }
    fence(Ordering::SeqCst);
    let value = access();
    fence(Ordering::SeqCst);
    value
}
