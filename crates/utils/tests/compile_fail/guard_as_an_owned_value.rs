//! What is owned beside a guard would be a second value that nothing guards.

use async_drop_utils::AsyncDropGuard;

fn second(guard: &AsyncDropGuard<String>) {
    let _second = guard.to_owned();
}

fn main() {}
