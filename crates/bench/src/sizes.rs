//! What a guard adds to the size of its value, in bytes.

use std::fmt::Debug;
use std::mem::size_of;

use async_drop_utils::AsyncDropGuard;

/// A guarded value's size beside the bare one's.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// What is guarded.
    pub value: &'static str,
    /// The bare value, in bytes.
    pub bare: usize,
    /// Under a guard, plain or cancel-safe, in bytes.
    pub guarded: usize,
    /// Under the guard of the crate `async-drop-guard`, in bytes.
    pub other: usize,
}

/// The rows of the third table: with a spare bit pattern that `Option` uses, and without.
pub fn all() -> [Size; 2] {
    [
        size::<String>("a value with a spare bit pattern (`String`)"),
        size::<[u64; 3]>("a value without (`[u64; 3]`)"),
    ]
}

fn size<T: Debug>(value: &'static str) -> Size {
    Size {
        value,
        bare: size_of::<T>(),
        guarded: size_of::<AsyncDropGuard<T>>(),
        other: size_of::<async_drop_guard::AsyncDropGuard<T>>(),
    }
}
