use async_drop_utils::{AsyncDrop, AsyncDropGuard};

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

#[derive(Debug, AsyncDrop)]
#[async_drop(error = CloseError)]
struct Log {
    file: AsyncDropGuard<File>,
}

#[derive(Debug, AsyncDrop)]
#[async_drop(error = "CloseError", concurrent)]
struct Logs {
    files: Vec<AsyncDropGuard<File>>,
}

fn main() {}
