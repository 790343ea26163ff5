//! An `Arc` whose `into_inner` is `try_unwrap`.

use std::ops::Deref;

pub(crate) struct Arc<T>(crate::sync::Arc<T>);

impl<T> Arc<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(crate::sync::Arc::new(value))
    }

    pub(crate) fn get_mut(this: &mut Self) -> Option<&mut T> {
        crate::sync::Arc::get_mut(&mut this.0)
    }

    pub(crate) fn into_inner(this: Self) -> Option<T> {
        crate::sync::Arc::try_unwrap(this.0).ok()
    }
}

impl<T> Clone for Arc<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Deref for Arc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
