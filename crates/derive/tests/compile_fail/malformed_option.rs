use async_drop_utils::{AsyncDrop, AsyncDropGuard};

#[derive(Debug, AsyncDrop)]
#[async_drop]
struct WithoutOptions(AsyncDropGuard<String>);

#[derive(Debug, AsyncDrop)]
#[async_drop(error)]
struct WithoutError(AsyncDropGuard<String>);

#[derive(Debug, AsyncDrop)]
#[async_drop(error = "not a type")]
struct NotAType(AsyncDropGuard<String>);

#[derive(Debug, AsyncDrop)]
#[async_drop(concurrent, concurrent)]
struct Twice(AsyncDropGuard<String>);

#[derive(Debug, AsyncDrop)]
struct Both {
    #[async_drop(guard, skip)]
    guard: AsyncDropGuard<String>,
}

fn main() {}
