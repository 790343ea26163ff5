use async_drop_utils::AsyncDrop;

#[derive(Debug, AsyncDrop)]
struct Service {
    #[async_drop(guard)]
    name: String,
}

fn main() {}
