//! Without tasks to hand cleanups to, a scope is its body.

use std::marker::PhantomData;
use std::pin::Pin;

use super::together::Together;

/// Stands for the scope that hands over.
#[derive(Default)]
pub struct Scope(());

/// What is declared beside a scope.
pub struct Nothing<'a>(PhantomData<&'a Scope>);

impl Scope {
    /// A scope that has not begun.
    pub const fn new() -> Self {
        Self(())
    }

    /// To be declared between the values and the body's future.
    pub fn inside(&self) -> Nothing<'_> {
        Nothing(PhantomData)
    }

    /// Runs the body.
    pub fn run<'a, F: Future>(&'a self, body: Pin<&'a mut F>) -> Pin<&'a mut F> {
        body
    }

    /// To be declared after the values.
    pub fn cleaning(&self) -> Nothing<'_> {
        Nothing(PhantomData)
    }

    /// The same.
    pub fn cleaning_one_by_one(&self) -> Nothing<'_> {
        Nothing(PhantomData)
    }
}

impl Nothing<'_> {
    /// The cleanup has ended.
    pub fn end(self) {}
}

/// Runs `drop_them`.
pub(crate) fn together(_: Together, drop_them: impl FnOnce()) {
    drop_them();
}
