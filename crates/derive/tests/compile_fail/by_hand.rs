//! What the macros say that the derived code is made of.

use async_drop_utils::{AsyncDrop, AsyncDropGuard, async_drop_concurrently, async_drop_in_order};

#[derive(Debug)]
struct File;

#[async_trait::async_trait]
impl AsyncDrop for File {
    type Error = std::io::Error;

    async fn async_drop_impl(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[derive(Debug)]
struct CloseError;

async fn in_order(mut file: AsyncDropGuard<File>, mut name: String) -> Result<(), CloseError> {
    async_drop_in_order!(file, name)
}

async fn concurrently(mut file: AsyncDropGuard<File>) -> Result<(), CloseError> {
    async_drop_concurrently!(file)
}

fn main() {}
