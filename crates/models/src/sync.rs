//! Loom's counterpart of the library's module `sync`.

use std::ops::Deref;

pub(crate) use loom::sync::atomic::Ordering;
use loom::sync::atomic::{AtomicBool, fence};
pub(crate) use loom::sync::{Mutex, MutexGuard};

/// `tokio::sync` is this module, too.
pub(crate) use crate::notify::Notify;
pub(crate) use crate::seq_cst::AtomicUsize;

/// An `Arc` that counts as the standard library's does; loom's own has no `into_inner`.
pub(crate) struct Arc<T> {
    owners: std::sync::Arc<loom::sync::atomic::AtomicUsize>,
    /// `None` once given up. Nothing is decided by this one's count, since loom does not see it.
    value: Option<std::sync::Arc<T>>,
}

impl<T> Arc<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            owners: std::sync::Arc::new(loom::sync::atomic::AtomicUsize::new(1)),
            value: Some(std::sync::Arc::new(value)),
        }
    }

    pub(crate) fn downgrade(this: &Self) -> Weak<T> {
        Weak {
            owners: std::sync::Arc::clone(&this.owners),
            value: this
                .value
                .as_ref()
                .map(std::sync::Arc::downgrade)
                .unwrap_or_default(),
        }
    }

    pub(crate) fn get_mut(this: &mut Self) -> Option<&mut T> {
        if this.owners.load(Ordering::Acquire) != 1 {
            return None;
        }
        Some(std::sync::Arc::get_mut(this.value.as_mut()?).expect("one owner"))
    }

    pub(crate) fn into_inner(mut this: Self) -> Option<T> {
        this.give_up()
    }

    pub(crate) fn try_unwrap(mut this: Self) -> Result<T, Self> {
        let last = this
            .owners
            .compare_exchange(1, 0, Ordering::Acquire, Ordering::Relaxed)
            .is_ok();
        match this.value.take() {
            Some(value) if last => Ok(std::sync::Arc::into_inner(value).expect("one owner")),
            value => {
                this.value = value;
                Err(this)
            }
        }
    }

    fn give_up(&mut self) -> Option<T> {
        let value = self.value.take()?;
        // Loom switches threads before an operation, so whoever counted down before has let go of its `value`.
        if self.owners.fetch_sub(1, Ordering::Release) != 1 {
            return None;
        }
        fence(Ordering::Acquire);
        Some(std::sync::Arc::into_inner(value).expect("the last owner"))
    }
}

impl<T> Clone for Arc<T> {
    fn clone(&self) -> Self {
        self.owners.fetch_add(1, Ordering::Relaxed);
        Self {
            owners: std::sync::Arc::clone(&self.owners),
            value: self.value.clone(),
        }
    }
}

impl<T> Drop for Arc<T> {
    fn drop(&mut self) {
        drop(self.give_up());
    }
}

impl<T> Deref for Arc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("not given up")
    }
}

/// What an [`Arc`] is known by that somebody else keeps.
pub(crate) struct Weak<T> {
    owners: std::sync::Arc<loom::sync::atomic::AtomicUsize>,
    value: std::sync::Weak<T>,
}

impl<T> Weak<T> {
    pub(crate) fn strong_count(&self) -> usize {
        self.owners.load(Ordering::Relaxed)
    }

    pub(crate) fn upgrade(&self) -> Option<Arc<T>> {
        let mut owners = self.owners.load(Ordering::Relaxed);
        while owners != 0 {
            match self.owners.compare_exchange(
                owners,
                owners + 1,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => {
                    return Some(Arc {
                        owners: std::sync::Arc::clone(&self.owners),
                        value: self.value.upgrade(),
                    });
                }
                Err(now) => owners = now,
            }
        }
        None
    }
}

/// A `OnceLock` of which loom sees when it is filled; it is only ever filled under a lock.
pub(crate) struct OnceLock<T> {
    filled: AtomicBool,
    value: std::sync::OnceLock<T>,
}

impl<T> OnceLock<T> {
    pub(crate) fn new() -> Self {
        Self {
            filled: AtomicBool::new(false),
            value: std::sync::OnceLock::new(),
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        if self.filled.load(Ordering::Acquire) {
            self.value.get()
        } else {
            None
        }
    }

    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut()
    }

    pub(crate) fn get_or_init(&self, init: impl FnOnce() -> T) -> &T {
        let value = self.value.get_or_init(init);
        self.filled.store(true, Ordering::Release);
        value
    }
}

impl<T> From<T> for OnceLock<T> {
    fn from(value: T) -> Self {
        let this = Self::new();
        this.get_or_init(|| value);
        this
    }
}
