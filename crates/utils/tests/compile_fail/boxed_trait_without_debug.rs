//! A guard shows its value when it is forgotten, and `dyn AsyncDrop` has no `Debug`.

use async_drop_utils::{AsyncDrop, AsyncDropGuard};

type Boxed = Box<dyn AsyncDrop<Error = std::io::Error> + Send>;

fn forget(value: Boxed) {
    AsyncDropGuard::new(value);
}

fn main() {}
