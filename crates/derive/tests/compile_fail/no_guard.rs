use async_drop_utils::{AsyncDrop, AsyncDropGuard};

#[derive(Debug, AsyncDrop)]
struct Unit;

#[derive(Debug, AsyncDrop)]
struct Plain {
    name: String,
}

#[derive(Debug, AsyncDrop)]
enum Choice {
    Nothing,
    Number(u32),
}

#[derive(Debug, AsyncDrop)]
struct AllSkipped {
    #[async_drop(skip)]
    guard: AsyncDropGuard<String>,
}

type Alias = AsyncDropGuard<String>;

#[derive(Debug, AsyncDrop)]
struct Aliased {
    guard: Alias,
}

fn main() {}
