use async_drop_utils::{AsyncDrop, AsyncDropGuard};

#[derive(Debug, AsyncDrop)]
#[async_drop(parallel)]
struct OnType {
    guard: AsyncDropGuard<String>,
}

#[derive(Debug, AsyncDrop)]
struct OnField {
    #[async_drop(ignore)]
    guard: AsyncDropGuard<String>,
}

#[derive(Debug, AsyncDrop)]
enum OnVariant {
    #[async_drop(skip)]
    Variant(AsyncDropGuard<String>),
}

fn main() {}
